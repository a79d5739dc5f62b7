import type { Permit, Postponed } from '../rate/limiter.ts';
import { requestedAt } from './classify.ts';
import type { LiveDelivery, Situation } from './decide.ts';
import type { DeliverPorts } from './ports.ts';

/** Asks the rate limiter. Without a permit the delivery may have to wait long, so the probe's lease is released. */
export async function askRateLimiter(
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  let permit: Situation['permit'];
  try {
    permit = await waitForPermit(delivery, situation, ports);
    return { ...situation, permit };
  } finally {
    if (permit?.kind !== 'post') await releaseProbe(delivery, situation, ports);
  }
}

/** Each permit that lapses unused costs half a second or more: more tries would use up the invocation's time. */
const TRIES = 5;

/** Waits here until the permit begins. One that has lapsed by then is asked for again. */
async function waitForPermit(
  { endpoint }: LiveDelivery,
  situation: Situation,
  { rate, clock, wait }: DeliverPorts,
): Promise<Permit | Postponed> {
  const { id, rateLimitPerSecond } = endpoint;
  for (let tries = 0; rateLimitPerSecond !== null && tries < TRIES; tries++) {
    const answer = await rate.ask(id, rateLimitPerSecond, hasSlot(situation));
    if (answer.kind !== 'post') return answer;
    const waitMs = Math.ceil(answer.from - clock());
    if (waitMs > 0) await wait(waitMs);
    if (clock() <= answer.until) return answer;
  }
  return { kind: 'no_slot' };
}

/** Whether the message arrives at its own slot. A redriven one does not: its slot belongs to an earlier cycle. */
export function hasSlot({ received, record }: Situation): boolean {
  return received.message.slot !== undefined && record?.adoptedCopy !== received.message.copy;
}

/** Asks to be the open circuit's probe. */
export async function takeProbe(delivery: LiveDelivery, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const lease = await ports.health.takeProbe(delivery, requestedAt(situation.received, delivery));
  if (lease === 'hold') return { ...situation, probe: 'refused' };
  return { ...situation, probe: lease === 'pass' ? { token: null } : lease };
}

/** Releases the lease of the open circuit's probe, if it has one. Best effort: a lease that is not released expires. */
export async function releaseProbe(
  delivery: LiveDelivery,
  { probe, received }: Situation,
  ports: DeliverPorts,
): Promise<void> {
  if (probe === undefined || probe === 'refused' || probe.token === null) return;
  try {
    await ports.health.releaseProbe(delivery, probe.token);
  } catch (error) {
    ports.observer.healthNotUpdated(received, error);
  }
}
