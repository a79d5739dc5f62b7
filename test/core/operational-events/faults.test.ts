import { describe, expect, it } from 'vitest';
import { aMessage, anEndpoint } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { failing, unreliable } from '../../support/unreliable.ts';
import { OutboxWorld } from './world.ts';

/*
 * Goal: all notices are published, and an event that is published twice is the same one. Method: endpoints fail and
 * recover, dead deliveries are redriven, while each call of the outbox task may fail before or after it took effect and its
 * runs overlap; then all faults stop.
 */

const EVENTS = 14;
const MINUTE = 60_000;

async function run(seed: number): Promise<{ world: OutboxWorld; happened: Set<string> }> {
  const world = new OutboxWorld();
  const random = seededRandom(seed);
  let healthy = false;
  const chance = (probability: number) => !healthy && random.unit() < probability;
  const fails = failing(random, 0.1, () => !healthy);

  // What happens, as recorded.
  const happened = new Set<string>();
  const { put: putRecord } = world.ledger;
  world.ledger.put = async (record, expected) => {
    const written = await putRecord(record, expected);
    for (const { kind, cycle } of written ? record.outbox : []) happened.add(`${record.eventId} ${kind} ${cycle}`);
    return written;
  };
  const { put: putHealth } = world.registry.healthStore;
  world.registry.healthStore.put = async (health, expected) => {
    const written = await putHealth(health, expected);
    for (const { type, at } of written ? health.outbox : []) happened.add(`${health.endpointId} ${type} ${at}`);
    return written;
  };

  const { outboxPorts, publishing } = world;
  const { ledger, health, marked, ended, rules } = outboxPorts;
  world.outboxPorts = {
    ...outboxPorts,
    ledger: {
      load: unreliable(ledger.load, fails),
      find: unreliable(ledger.find, fails),
      put: unreliable(ledger.put, fails),
      countDeaths: ledger.countDeaths,
    },
    health: { find: unreliable(health.find, fails), put: unreliable(health.put, fails) },
    marked: { shards: marked.shards, page: unreliable(marked.page, fails) },
    ended: { withNotices: unreliable(ended.withNotices, fails) },
    rules: { tell: unreliable(rules.tell, fails) },
    payloads: { put: unreliable(publishing.payloads.put, fails), get: unreliable(publishing.payloads.get, fails) },
    events: {
      create: unreliable(publishing.events.create, fails),
      find: unreliable(publishing.events.find, fails),
      repoint: unreliable(publishing.events.repoint, fails),
    },
    bus: { put: unreliable(publishing.ports.bus.put, fails) },
  };
  world.remainingMs = () => (chance(0.1) ? 0 : 60_000);

  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 30, max_attempts: 2 } });
  world.answer = () => (chance(0.7) ? 500 : 200);
  for (let event = 0; event < EVENTS; event++) await world.send(aMessage({ eventId: `evt_${event}` }));
  for (let step = 0; step < 40; step++) {
    const published = [world.publishOutbox(), ...(chance(0.3) ? [world.publishOutbox()] : [])];
    await Promise.allSettled([...published, world.invoke(world.receive(4))]);
    if (chance(0.1)) world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.now += Math.floor(random.unit() * 2 * MINUTE);
    world.queues.advance();
  }
  healthy = true;
  await world.run(61 * MINUTE);
  await world.publishOutbox();
  return { world, happened };
}

interface Envelope {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** What an operational event is about, in the form used by `happened`. */
function subjectsOf(world: OutboxWorld, { id, type, timestamp, data }: Envelope): string[] {
  const what = type.split('.').at(-1);
  if (type === 'postrider.delivery.recovered') return [`${data.event_id} ${what} ${data.cycle}`];
  if (type.startsWith('postrider.endpoint.')) return [`${data.endpoint_id} ${what} ${Date.parse(timestamp)}`];
  const deaths = world.coveredBy(id);
  if (type === 'postrider.delivery.dead') expect(deaths.map(([eventId]) => eventId)).toEqual([data.event_id]);
  else expect([deaths.length, data.count]).toEqual([data.count, (data.delivery_ids as string[]).length]);
  return deaths.map(([eventId, cycle]) => `${eventId} ${what} ${cycle}`);
}

describe('whatever call fails', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    'every notice is published as one event (seed %i)',
    async (seed) => {
      const { world, happened } = await run(seed);

      const envelopes: Envelope[] = world.envelopes();
      const byId = new Map(envelopes.map((envelope) => [envelope.id, envelope]));
      // Each is reported by one event, and each event has the same bytes whenever it is published.
      const subjects = [...byId.values()].flatMap((envelope) => subjectsOf(world, envelope));
      expect(subjects.toSorted()).toEqual([...happened].toSorted());
      const bytes = world.accepted().map(({ id, payload }) => `${id} ${payload.inline}`);
      expect(new Set(bytes).size).toBe(byId.size);
      const forRules = world.ruleEntries.map(({ envelope }) => JSON.parse(envelope).id);
      expect(new Set(forRules)).toEqual(new Set(byId.keys()));
      const left = [...world.ledger.records.values(), ...world.health.values()].flatMap(
        ({ outbox }): object[] => outbox,
      );
      expect(left).toEqual([]);
    },
  );
});
