import { describe, expect, it } from 'vitest';
import { deliveryMessage } from '../../../core/deliveries/message.ts';
import type { DeliverPorts } from '../../../core/deliveries/ports.ts';
import { aMessage, anEndpoint, DeliveryWorld } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { failing, unreliable } from '../../support/unreliable.ts';

/*
 * Goal: nothing that was queued is lost, whatever fails. Method: deliveries run over the model of SQS in virtual time
 * while each call of a port may fail before or after it took effect, invocations overlap and are cut off, messages
 * arrive twice, and endpoints fail; then all faults stop, and every delivery must reach an end.
 */

const EVENTS = 6;
const ENDPOINTS = ['ep_1', 'ep_2'];
const MINUTE = 60_000;

async function run(seed: number): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  const random = seededRandom(seed);
  let healthy = false;
  const chance = (probability: number) => !healthy && random.unit() < probability;
  const fails = failing(random, 0.08, () => !healthy);

  for (const id of ENDPOINTS) {
    const retryPolicy = { ...anEndpoint().retryPolicy, initial_delay_seconds: 30, max_attempts: 4 };
    world.endpoints.set(id, anEndpoint({ id, retryPolicy }));
  }
  world.answer = () => (chance(0.4) ? (random.unit() < 0.5 ? 500 : 'timeout') : 200);
  const { ledger } = world;
  ledger.put = unreliable(ledger.put, fails);
  ledger.find = unreliable(ledger.find, fails);
  ledger.load = unreliable(ledger.load, fails);
  const ports: DeliverPorts = world.ports;
  world.ports = {
    ...ports,
    queue: { send: unreliable(ports.queue.send, fails) },
    remainingMs: () => (chance(0.5) ? 0 : 60_000),
  };

  for (let event = 0; event < EVENTS; event++) {
    for (const endpointId of ENDPOINTS) {
      await ports.queue.send([{ message: aMessage({ eventId: `evt_${event}`, endpointId }), delaySeconds: 0 }]);
    }
  }
  for (let step = 0; step < 60; step++) {
    const batches = [world.receive(4), world.receive(4), world.receive(4)];
    // An execution environment that dies loses its cached results.
    if (chance(0.3)) world.ports.unrecordedResults.clear();
    await Promise.all(batches.map((batch) => world.invoke(batch).catch(() => undefined)));
    if (chance(0.2)) await world.tick().catch(() => undefined);
    if (chance(0.1)) world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.now += Math.floor(random.unit() * 2 * MINUTE);
    world.queues.advance();
  }
  healthy = true;
  await world.run(24 * 60 * MINUTE);
  return world;
}

/** The messages in the dead-letter queue, with their deliveries. */
function deadLettersOf(world: DeliveryWorld): { name: string; messageId: string }[] {
  const deadLetters: { name: string; messageId: string }[] = [];
  for (let batch = world.queues.receive(world.deadLetters, { max: 10 }); batch.length > 0; ) {
    for (const { messageId, body } of batch) {
      const { eventId, endpointId } = deliveryMessage.parse(JSON.parse(body));
      deadLetters.push({ messageId, name: `${eventId}/${endpointId}` });
    }
    batch = world.queues.receive(world.deadLetters, { max: 10 });
  }
  return deadLetters;
}

describe('whatever fails', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed))('every delivery reaches an end (seed %i)', async (seed) => {
    const world = await run(seed);

    const deadLetters = deadLettersOf(world);
    for (let event = 0; event < EVENTS; event++) {
      for (const endpointId of ENDPOINTS) {
        const record = world.record(`evt_${event}`, endpointId);
        const own = deadLetters
          .filter(({ name }) => name === `evt_${event}/${endpointId}`)
          .map(({ messageId }) => messageId);
        const end = `evt_${event} to ${endpointId}: ${JSON.stringify(record)}`;
        if (record?.status === 'dead') expect(own, end).toContain(record.deadLetter?.messageId);
        // Five crashes in a row: the message is in the dead-letter queue unchanged, and can be redriven.
        else if (record?.status !== 'delivered') expect(own, end).not.toEqual([]);
      }
    }
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });
});
