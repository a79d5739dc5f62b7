import { describe, expect, it } from 'vitest';
import type { DeliverPorts } from '../../../core/deliveries/ports.ts';
import { aMessage, anEndpoint } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { failing, unreliable } from '../../support/unreliable.ts';
import { DeadLetterWorld } from './world.ts';

/*
 * Goal: reconciliation never deletes the only copy, and in the end every dead letter belongs to a dead delivery.
 * Method: deliveries crash, fail, arrive twice and are redriven while the calls of reconciliation fail before or after
 * they took effect and its runs overlap; then all faults stop.
 */

const EVENTS = 8;
const MINUTE = 60_000;

async function run(seed: number): Promise<DeadLetterWorld> {
  const world = new DeadLetterWorld();
  const random = seededRandom(seed);
  let healthy = false;
  const chance = (probability: number) => !healthy && random.unit() < probability;
  const fails = failing(random, 0.1, () => !healthy);

  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 30, max_attempts: 2 } });
  world.answer = () => (chance(0.6) ? 500 : 200);
  const { ledger, reconcilePorts } = world;
  ledger.put = unreliable(ledger.put, fails);
  ledger.find = unreliable(ledger.find, fails);
  ledger.load = unreliable(ledger.load, fails);
  const { deadLetters } = reconcilePorts;
  deadLetters.count = unreliable(deadLetters.count, fails);
  deadLetters.receive = unreliable(deadLetters.receive, fails);
  deadLetters.remove = unreliable(deadLetters.remove, fails);
  deadLetters.makeVisible = unreliable(deadLetters.makeVisible, fails);
  const ports: DeliverPorts = world.ports;
  world.ports = {
    ...ports,
    queue: { send: unreliable(ports.queue.send, fails) },
    remainingMs: () => (chance(0.5) ? 0 : 60_000),
  };

  for (let event = 0; event < EVENTS; event++) {
    for (let copy = chance(0.2) ? 0 : 1; copy < 2; copy++) {
      await ports.queue.send([{ message: aMessage({ eventId: `evt_${event}` }), delaySeconds: 0 }]);
    }
  }
  for (let step = 0; step < 60; step++) {
    const batches = [world.receive(3), world.receive(3)];
    if (chance(0.3)) world.ports.unrecordedResults.clear();
    // Some invocations never start: their messages are received again after the timeout, with a higher receive count.
    const invoked = batches.filter(() => !chance(0.5)).map((batch) => world.invoke(batch));
    const reconciled = [world.reconcile(), ...(chance(0.3) ? [world.reconcile()] : [])];
    await Promise.allSettled([...invoked, ...reconciled]);
    if (chance(0.1)) world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.now += Math.floor(random.unit() * 6 * MINUTE);
    world.queues.advance();
  }
  healthy = true;
  for (let minute = 0; minute < 120; minute++) {
    await world.run(MINUTE);
    await world.reconcile();
  }
  // What a lost count hides is found by the daily recount, or by the look that does not ask the numbers.
  for (let hour = 0; hour < 26; hour++) {
    await world.run(60 * MINUTE);
    await world.reconcile();
  }
  return world;
}

describe('whatever fails', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed))(
    'every dead letter belongs to a dead delivery, and every dead delivery has one (seed %i)',
    async (seed) => {
      const world = await run(seed);

      const dead: string[] = [];
      for (let event = 0; event < EVENTS; event++) {
        const record = world.record(`evt_${event}`);
        expect(['delivered', 'dead'], `evt_${event}: ${JSON.stringify(record)}`).toContain(record?.status);
        if (record?.status === 'dead') dead.push(`evt_${event}`);
      }
      // By event: a redriven message that came back before its adoption takes the place of the original dead letter.
      expect(world.deadLetterEvents().toSorted()).toEqual(dead);
    },
  );
});
