import type { Endpoint } from '../api/types.ts';
import { words } from '../words/words.ts';

const WIDTH = 320;
const MARGIN = 5;

/** A retry policy drawn: a dot for each attempt, by the time after the first if each fails at once. The scale is a logarithm. */
export function RetrySchedule({ policy }: { policy: Endpoint['retry_policy'] }) {
  const times = attemptTimes(policy);
  const total = times.at(-1) ?? 0;
  const x = (ms: number) =>
    MARGIN + (total === 0 ? 0 : (Math.log1p(ms / 1000) / Math.log1p(total / 1000)) * (WIDTH - 2 * MARGIN));
  const caption = words.endpoint.schedule(times.length, total);
  return (
    <figure className="schedule">
      <svg role="img" aria-label={caption} viewBox={`0 0 ${WIDTH} 14`}>
        <line x1={MARGIN} x2={WIDTH - MARGIN} y1={7} y2={7} />
        {times.map((ms, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts never change their order
          <circle key={index} cx={x(ms)} cy={7} r={3.5}>
            <title>{`${words.pane.attempt(index + 1)}: ${words.endpoint.after(ms)}`}</title>
          </circle>
        ))}
      </svg>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

/** When each attempt comes, in ms after the first, without jitter: docs/retries.md says how a wait is reckoned. */
function attemptTimes(policy: Endpoint['retry_policy']): number[] {
  const { initial_delay_seconds: first, backoff_factor: factor, max_delay_seconds: most, max_attempts: count } = policy;
  const times = [0];
  while (times.length < count) {
    const wait = Math.min(first * factor ** (times.length - 1), most);
    times.push((times.at(-1) ?? 0) + wait * 1000);
  }
  return times;
}
