import { describe, expect, it } from 'vitest';
import type { FanoutMessage } from '../../../core/fanout/message.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { failing, unreliable } from '../../support/unreliable.ts';

/*
 * Goal: whatever was acknowledged reaches every subscribed endpoint. Method: producers publish with and without keys,
 * alone and in lists, and repeat what failed; each call of a port may fail before or after it took effect; messages of
 * the fan-out queue are redelivered after a failure, and sometimes twice; small pages make large fan-outs.
 */

const ENDPOINTS = 25;

async function run(seed: number) {
  const random = seededRandom(seed);
  const world = new PublishingWorld(random.unit() < 0.5 ? 10 : 100);
  let healthy = false;
  const fails = failing(random, 0.07, () => !healthy);
  for (let at = 0; at < ENDPOINTS; at++) {
    await world.subscribe(`ep_${at}`, [['order.*'], ['order.created'], ['*', 'order.*'], ['invoice.*']][at % 4] ?? []);
  }
  const { events, payloads, ports, fanoutPorts, subscriptions } = world;
  events.create = unreliable(events.create, fails);
  events.createFresh = unreliable(events.createFresh, fails);
  events.find = unreliable(events.find, fails);
  events.repoint = unreliable(events.repoint, fails);
  events.notePage = unreliable(events.notePage, fails);
  payloads.put = unreliable(payloads.put, fails);
  ports.bus = { put: unreliable(ports.bus.put, fails) };
  subscriptions.all = unreliable(subscriptions.all, fails);
  subscriptions.page = unreliable(subscriptions.page, fails);
  fanoutPorts.deliveries = { send: unreliable(fanoutPorts.deliveries.send, fails) };
  fanoutPorts.pages = { send: unreliable(fanoutPorts.pages.send, fails) };

  const acknowledged = new Set<string>();
  const queue: { message: FanoutMessage; redelivered: boolean }[] = [];
  const publishOnce = async (body: unknown, key?: string) => {
    for (const { id } of await world.publish(body, key)) acknowledged.add(id);
  };
  for (let step = 0; step < 12; step++) {
    const key = random.unit() < 0.7 ? `k${Math.floor(random.unit() * 6)}` : undefined;
    const event = { type: 'order.created', data: key ?? step };
    const isList = random.unit() < 0.3;
    const body = isList
      ? [event, { ...event, data: key ?? step }].map((one, at) => ({
          ...one,
          ...(key && { idempotency_key: `${key}-${at}` }),
        }))
      : event;
    await publishOnce(body, isList ? undefined : key).catch(() => undefined);
    queue.push(...world.busEntries.splice(0).map((message) => ({ message, redelivered: false })));
    while (queue.length > 0) {
      const next = queue.splice(Math.floor(random.unit() * queue.length), 1)[0];
      if (next === undefined) break;
      await world.fanOut(next.message, next.redelivered).catch(() => queue.push({ ...next, redelivered: true }));
      if (random.unit() < 0.05) queue.push({ ...next, redelivered: true });
      queue.push(...world.pages.splice(0).map((message) => ({ message, redelivered: false })));
      if (queue.length > 200) healthy = true;
    }
    world.now += 1_000;
    healthy = false;
  }
  return { world, acknowledged };
}

describe('whatever call fails', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed))(
    'every acknowledged event reaches every endpoint (seed %i)',
    async (seed) => {
      const { world, acknowledged } = await run(seed);
      const sent = new Set(world.sent.map(({ message }) => `${message.eventId} ${message.endpointId}`));
      for (const id of acknowledged) {
        for (let at = 0; at < ENDPOINTS; at++) expect(sent.has(`${id} ep_${at}`), `${id} ep_${at}`).toBe(at % 4 !== 3);
        const { payload } = world.events.events.get(id) ?? expect.fail(`${id} is not in the ledger`);
        expect(JSON.parse(await world.payloads.get(payload))).toMatchObject({ id });
      }
      // Bytes are bytes: every copy of an event carries the same body.
      const bodies = Map.groupBy(world.sent, ({ message }) => message.eventId);
      for (const copies of bodies.values()) {
        expect(new Set(copies.map(({ message }) => message.payload.inline)).size).toBe(1);
      }
    },
  );
});
