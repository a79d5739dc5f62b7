import type { Stats } from '../api/types.ts';
import { words } from '../words/words.ts';

const HOUR_MS = 3_600_000;
const HEIGHT = 24;

/** Attempts by hour as bars, what failed on top. The caption says the numbers, for whoever does not see the bars. */
export function Bars({ stats, hours }: { stats: Stats; hours: 24 | 168 }) {
  const byHour = new Map(stats.hours.map((bucket) => [Date.parse(bucket.hour ?? ''), bucket]));
  const end = Date.parse(stats.to);
  const slots = Array.from({ length: hours }, (_, index) => byHour.get(end - (hours - index) * HOUR_MS));
  const most = Math.max(1, ...slots.map((slot) => slot?.attempts ?? 0));
  // Any attempt at all is seen, however many there are in another hour.
  const tall = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / most) * HEIGHT));
  const width = hours === 24 ? 5 : 3;
  const { attempts, failed } = stats.total;
  return (
    <svg
      className="bars"
      role="img"
      aria-label={words.endpoints.bar(hours, attempts, failed)}
      viewBox={`0 0 ${hours * width} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {slots.map((slot, index) => {
        const bad = tall(slot?.failed ?? 0);
        const good = Math.max(0, tall(slot?.attempts ?? 0) - bad);
        const x = index * width;
        return (
          // The slots are places in time: their order never changes.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <g key={index}>
            <rect className="ground" x={x} y={HEIGHT - 1} width={width - 1} height={1} />
            <rect className="ok" x={x} y={HEIGHT - good} width={width - 1} height={good} />
            <rect className="bad" x={x} y={HEIGHT - good - bad} width={width - 1} height={bad} />
          </g>
        );
      })}
    </svg>
  );
}
