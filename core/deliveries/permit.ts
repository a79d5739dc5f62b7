import type { Permit, Postponed } from '../rate/limiter.ts';
import { chosenAt, type LiveDelivery, type Situation } from './decide.ts';
import type { DeliverPorts } from './ports.ts';

/** Asks the endpoint's rate limit. Without a permit the delivery may wait for long, so the probe's lease is given back. */
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
    if (permit?.kind !== 'post') await giveBackProbe(delivery, situation, ports);
  }
}

/** Each try that fails took half a second or more: more tries would use up the invocation's time. */
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
  return { kind: 'no_room' };
}

/** Whether the message comes to a slot of its own. A redriven one does not: its slot is of an earlier cycle. */
export function hasSlot({ received, record }: Situation): boolean {
  return received.message.slot !== undefined && record?.adoptedCopy !== received.message.copy;
}

/** Asks to be the open circuit's probe. */
export async function takeProbe(delivery: LiveDelivery, situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const lease = await ports.health.takeProbe(delivery, chosenAt(situation.received, delivery));
  if (lease === 'hold') return { ...situation, probe: 'refused' };
  return { ...situation, probe: lease === 'pass' ? { token: null } : lease };
}

/** Best effort: a lease that is not given back expires. */
async function giveBackProbe(
  delivery: LiveDelivery,
  { probe, received }: Situation,
  ports: DeliverPorts,
): Promise<void> {
  if (probe === undefined || probe === 'refused' || probe.token === null) return;
  try {
    await ports.health.giveBackProbe(delivery, probe.token);
  } catch (error) {
    ports.observer.healthNotUpdated(received, error);
  }
}
