import type { Permit, Postponed } from '../rate/limiter.ts';
import type { DeliverPorts, DeliveryContext, MessageContext } from './ports.ts';

/**
 * Asks the endpoint's limit for leave to POST, and waits for it here when it is near. The POST must start by `until`; who
 * comes later asks again, and gives up for now where the limit is asked too slowly again and again.
 */
export async function waitForPermit(
  work: DeliveryContext,
  ports: Pick<DeliverPorts, 'rate' | 'clock' | 'wait'>,
): Promise<Pick<Permit, 'kind' | 'until'> | Postponed> {
  const { id, rateLimitPerSecond } = work.endpoint;
  if (rateLimitPerSecond === null) return { kind: 'post', until: Number.POSITIVE_INFINITY };
  for (let tries = 0; tries < TRIES; tries++) {
    const answer = await ports.rate.ask(id, rateLimitPerSecond, hasSlot(work));
    if (answer.kind !== 'post') return answer;
    const waitMs = Math.ceil(answer.from - ports.clock());
    if (waitMs > 0) await ports.wait(waitMs);
    // The answer may have taken its time.
    if (ports.clock() <= answer.until) return answer;
  }
  return { kind: 'no_room' };
}

/** Each that fails has taken half a second at least: where none is quicker, the function's time would go by with asking. */
const TRIES = 5;

/** Whether this comes to an appointment of its own. What a redriven message says of one is of its former life. */
export function hasSlot({ received, record }: MessageContext): boolean {
  return received.message.slot !== undefined && record?.adoptedCopy !== received.message.copy;
}
