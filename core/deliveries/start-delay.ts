import type { LiveDelivery } from './decide.ts';
import type { ReceivedDelivery } from './message.ts';
import type { AttemptResult } from './sender.ts';

/**
 * How long a delivery waited for its first POST because of us, in ms since the event's acceptance; undefined if the POST does
 * not show it. Only a delivery's first message does, its repeats included: a later step has waited for a paused endpoint, an open
 * circuit or a rate limit, or was handed on. In the slow lane, deliveries wait for slow receivers. A replay, redrive, test or
 * job comes whenever somebody asks for it.
 */
export function startDelayMs(
  { message, lane }: ReceivedDelivery,
  { position, attempt }: Pick<LiveDelivery, 'position' | 'attempt'>,
  { at }: Pick<AttemptResult, 'at'>,
): number | undefined {
  const isFirst = position.cycle === 1 && position.step === 1 && attempt === 1;
  if (!isFirst || lane === 'slow' || message.forced || message.byJob) return undefined;
  // Two machines' clocks may differ by a little.
  return Math.max(0, at - message.acceptedAt);
}
