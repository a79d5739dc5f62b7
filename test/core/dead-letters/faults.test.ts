import { describe, expect, it } from 'vitest';
import type { DeliverPorts } from '../../../core/deliveries/ports.ts';
import { aMessage, anEndpoint } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { failing, unreliable } from '../../support/unreliable.ts';
import { LetterWorld } from './world.ts';

/*
 * Goal: the janitor never deletes an only copy, and in the end every letter is that of a dead delivery. Method:
 * deliveries crash, fail, come twice and are redriven while the janitor's own calls fail before or after they took
 * effect and its runs overlap; then everything heals.
 */

const EVENTS = 8;
const MINUTE = 60_000;

async function run(seed: number): Promise<LetterWorld> {
  const world = new LetterWorld();
  const random = seededRandom(seed);
  let healthy = false;
  const chance = (probability: number) => !healthy && random.unit() < probability;
  const fails = failing(random, 0.1, () => !healthy);

  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 30, max_attempts: 2 } });
  world.answer = () => (chance(0.6) ? 500 : 200);
  const { ledger, janitor } = world;
  ledger.put = unreliable(ledger.put, fails);
  ledger.find = unreliable(ledger.find, fails);
  ledger.load = unreliable(ledger.load, fails);
  const { deadLetters: letters } = janitor;
  letters.count = unreliable(letters.count, fails);
  letters.receive = unreliable(letters.receive, fails);
  letters.remove = unreliable(letters.remove, fails);
  letters.makeVisible = unreliable(letters.makeVisible, fails);
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
    // Some invocations never begin: their messages come again after the timeout, and are counted.
    const invoked = batches.filter(() => !chance(0.5)).map((batch) => world.invoke(batch));
    const cared = [world.care(), ...(chance(0.3) ? [world.care()] : [])];
    await Promise.allSettled([...invoked, ...cared]);
    if (chance(0.1)) world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.now += Math.floor(random.unit() * 6 * MINUTE);
    world.queues.advance();
  }
  healthy = true;
  for (let minute = 0; minute < 120; minute++) {
    await world.run(MINUTE);
    await world.care();
  }
  return world;
}

describe('whatever fails on the way', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed))(
    'every letter is that of a dead delivery, and every dead delivery has one (seed %i)',
    async (seed) => {
      const world = await run(seed);

      const dead: string[] = [];
      for (let event = 0; event < EVENTS; event++) {
        const record = world.record(`evt_${event}`);
        expect(['delivered', 'dead'], `evt_${event}: ${JSON.stringify(record)}`).toContain(record?.status);
        if (record?.status === 'dead') dead.push(`evt_${event}`);
      }
      // By delivery: a redriven letter that came back before its adoption stands for the one that it was moved from.
      expect(world.eventsOfLetters().toSorted()).toEqual(dead);
    },
  );
});
