import { useSyncExternalStore } from 'react';
import { kept } from '../session/storage.ts';
import { words } from '../words/words.ts';
import { Button } from './Button.tsx';

const EVERY_MS = 5_000;
const KEY = 'postrider.refresh';

let isOn = kept.read(KEY) !== 'off';
const listeners = new Set<() => void>();

function setOn(next: boolean): void {
  isOn = next;
  kept.write(KEY, next ? 'on' : 'off');
  for (const listener of listeners) listener();
}

function useIsOn(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isOn,
  );
}

/** How often a query asks again, in ms; false while somebody has paused it. A hidden tab does not ask. */
export function useRefreshMs(): number | false {
  return useIsOn() ? EVERY_MS : false;
}

/** A list of several pages would ask for each of them again: only one is refreshed by itself. */
export const whileOnePage =
  (refreshMs: number | false) =>
  ({ state: { data } }: { state: { data?: { pages: readonly unknown[] } | undefined } }) =>
    (data?.pages.length ?? 0) > 1 ? false : refreshMs;

/** The switch of the refreshing, for all pages at once. */
export function AutoRefresh({
  refresh,
  isFetching,
  pages,
}: {
  refresh: () => void;
  isFetching: boolean;
  pages: number;
}) {
  const texts = words.refresh;
  const isOnNow = useIsOn();
  return (
    <div className="refresh">
      <label title={pages > 1 ? texts.manyRows : texts.on}>
        <input type="checkbox" checked={isOnNow} onChange={({ target }) => setOn(target.checked)} />
        {texts.label}
      </label>
      <Button kind="quiet" isBusy={isFetching} onClick={refresh}>
        {texts.now}
      </Button>
    </div>
  );
}
