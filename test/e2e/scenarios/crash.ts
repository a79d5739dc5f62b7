import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { inParallel } from '../support/in-parallel.ts';
import type { Product } from '../support/product.ts';
import { untilQuiet } from '../support/queues.ts';
import { openTenant } from '../support/tenant.ts';

const type = 'order.created';
const PUBLISHES = 2_000;
const KILLED_AFTER = 1_000;
/** How long before a crash a POST may have been made that the crash left unrecorded. */
const UNRECORDED_MS = 2_000;

/** An interrupted fan-out sends again with 60 s of delay, since it may have sent before. */
const REPEATED_WITHIN_MS = 90_000;

/** Events acknowledged before a SIGKILL during publishing arrive after the next start. */
export async function nothingAcknowledgedIsLost(product: Product): Promise<void> {
  await using tenant = await openTenant(product.target, 'killed');
  const { hook, secret } = await tenant.subscribe({ event_types: [type] });
  const acknowledged: string[] = [];
  let killedAtMs = 0;
  let killed: Promise<void> | undefined;
  const publishOne = async (n: number): Promise<void> => {
    if (killed !== undefined) return;
    const accepted = await tenant.publish(type, `{"n":${n}}`).catch(() => undefined);
    if (accepted !== undefined) acknowledged.push(accepted.id);
    if (acknowledged.length < KILLED_AFTER || killed !== undefined) return;
    killedAtMs = Date.now();
    killed = product.kill();
  };

  await inParallel([...Array(PUBLISHES).keys()], 16, publishOne);
  await killed;
  await product.start();
  expect(acknowledged.length).toBeLessThan(PUBLISHES);

  await eventually(
    () => {
      const arrived = new Set(hook.received.map(({ id }) => id));
      expect(acknowledged.filter((id) => !arrived.has(id))).toEqual([]);
    },
    { withinMs: REPEATED_WITHIN_MS, everyMs: 250 },
  );
  await untilQuiet(product.target, REPEATED_WITHIN_MS);
  expect(hook.received.every(({ verifiedBy }) => verifiedBy.includes(secret))).toBe(true);
  // The only duplicates are POSTs just before the crash that could not be recorded.
  const twice = hook.received.filter(({ copy }) => copy > 1);
  expect(twice.filter(({ copy }) => copy > 2)).toEqual([]);
  const firstOf = new Map(hook.received.toReversed().map(({ id, atMs }) => [id, atMs]));
  expect(twice.map(({ id }) => killedAtMs - (firstOf.get(id) ?? 0)).filter((ms) => ms > UNRECORDED_MS)).toEqual([]);
}
