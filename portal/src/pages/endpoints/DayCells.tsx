import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { statsQuery } from '../../api/queries.ts';
import { Bars } from '../../components/Bars.tsx';
import { Cell } from '../../components/LongTable.tsx';
import { words } from '../../words/words.ts';

/** For how long a row must be seen: who scrolls past thousands of them does not look at each. */
const LOOK_MS = 150;

/**
 * The cells of an endpoint's last 24 hours. They are asked for once somebody looks: a list may have thousands of endpoints.
 * @param isNear whether the row can be seen at all.
 */
export function DayCells({ id, isNear }: { id: string; isNear: boolean }) {
  const content = useRef<HTMLSpanElement>(null);
  const isSeen = useIsSeen(content, isNear);
  const { data: stats } = useQuery({ ...statsQuery(id, 24), enabled: isSeen });
  const rate = stats?.total.success_rate;
  return (
    <>
      <Cell className="wide">{stats && <Bars stats={stats} hours={24} />}</Cell>
      <Cell className="number">
        <span ref={content}>
          {rate === undefined ? ' ' : rate === null ? <span className="quiet">–</span> : words.endpoints.rate(rate)}
        </span>
      </Cell>
    </>
  );
}

/** Whether an element has been on the screen for a moment. */
function useIsSeen(element: { readonly current: Element | null }, isNear: boolean): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null || isSeen || !isNear) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver((entries) => {
      clearTimeout(timer);
      if (entries.at(-1)?.isIntersecting === true) timer = setTimeout(() => setSeen(true), LOOK_MS);
    });
    observer.observe(current);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [element, isSeen, isNear]);
  return isSeen;
}
