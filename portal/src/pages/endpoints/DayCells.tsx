import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { statsQuery } from '../../api/queries.ts';
import { Bars } from '../../components/Bars.tsx';
import { words } from '../../words/words.ts';

/** The cells of an endpoint's last 24 hours. They are asked for once they are seen: a list may have thousands of endpoints. */
export function DayCells({ id }: { id: string }) {
  const cell = useRef<HTMLTableCellElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = cell;
    if (current === null) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const { data: stats } = useQuery({ ...statsQuery(id, 24), enabled: isSeen });
  const rate = stats?.total.success_rate;
  return (
    <>
      <td className="wide">{stats && <Bars stats={stats} hours={24} />}</td>
      <td className="number" ref={cell}>
        {rate === undefined ? ' ' : rate === null ? <span className="quiet">–</span> : words.endpoints.rate(rate)}
      </td>
    </>
  );
}
