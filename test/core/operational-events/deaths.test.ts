import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import { aMessage, anEndpoint, START } from '../../support/delivery-world.ts';
import { OutboxWorld } from './world.ts';

const MINUTE = 60_000;

let world: OutboxWorld;
beforeEach(() => {
  world = new OutboxWorld();
});

const eventId = (at: number) => `evt_${String(at).padStart(26, '0')}`;
const endpointId = (at: number) => `ep_${String(at).padStart(26, '0')}`;
const ONE = endpointId(1);

/** Deliveries of events with these numbers that died at a time. */
async function die(events: number[], { endpoint = ONE, at = START, cycle = 1 } = {}): Promise<void> {
  if (!world.endpoints.has(endpoint)) world.endpoints.set(endpoint, anEndpoint({ id: endpoint }));
  for (const event of events) {
    const record = startOf(aMessage({ eventId: eventId(event), endpointId: endpoint }), at);
    const outbox = [{ kind: 'dead' as const, cycle, at: at + (event % MINUTE) }];
    await world.ledger.put({ ...record, status: 'dead', outbox, revision: 1 }, null);
  }
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at);
const pending = () => [...world.ledger.records.values()].filter(({ outbox }) => outbox.length > 0).length;
/** The events by id: whether one was published again does not matter. */
const told = () => [...new Map(world.accepted().map((event) => [event.id, event])).values()];
/** How often each death is covered by an event. */
function coverage(): Map<string, number> {
  const covered = new Map<string, number>();
  for (const { id } of told()) {
    for (const [event] of world.coveredBy(id)) covered.set(event, (covered.get(event) ?? 0) + 1);
  }
  return covered;
}

describe('the deaths of an endpoint in one minute', () => {
  it('are one event, with their number and the first twenty of them', async () => {
    await die(numbers(25, 100));
    world.now = START + MINUTE;

    expect(await world.publishOutbox()).toBe(25);

    expect(world.envelopes()).toEqual([
      {
        id: expect.stringMatching(/^evt_/),
        type: 'postrider.deliveries.dead',
        timestamp: new Date(START + 124).toISOString(),
        data: {
          endpoint_id: ONE,
          count: 25,
          delivery_ids: numbers(20, 100).map((at) => `dlv_${eventId(at).slice(4)}_${ONE.slice(3)}`),
          since: new Date(START + 100).toISOString(),
        },
      },
    ]);
    expect(world.ruleEntries.map(({ envelope }) => JSON.parse(envelope))).toEqual(world.envelopes());
    expect(pending()).toBe(0);
    expect(await world.publishOutbox()).toBe(0);
  });

  it('wait until the minute is over, so that all of them are in its event', async () => {
    await die(numbers(3));
    world.now = START + MINUTE - 1;
    expect(await world.publishOutbox()).toBe(0);
    await die(numbers(2, 10));
    world.now = START + MINUTE;
    expect(await world.publishOutbox()).toBe(5);
    expect(told()).toHaveLength(1);
  });

  it('are not mixed with those of another endpoint or minute', async () => {
    await die(numbers(3));
    await die(numbers(2, 10), { at: START + MINUTE });
    await die(numbers(2, 20), { endpoint: endpointId(2) });
    await die(numbers(1, 30), { endpoint: endpointId(3) });
    world.now = START + 2 * MINUTE;
    await world.publishOutbox();
    const shown = world.envelopes().map(({ type, data }) => `${type} ${data.endpoint_id} ${data.count}`);
    expect(shown.toSorted()).toEqual([
      `postrider.deliveries.dead ${endpointId(1)} 2`,
      `postrider.deliveries.dead ${endpointId(1)} 3`,
      `postrider.deliveries.dead ${endpointId(2)} 2`,
      `postrider.delivery.dead ${endpointId(3)} undefined`,
    ]);
  });

  it.each([1, 2, 30])(
    'keep their event if the notices of %i could not be removed, and one that is found later gets another',
    async (count) => {
      await die(numbers(count));
      world.now = START + MINUTE;
      const { put } = world.ledger;
      let writes = 0;
      // A crash half-way.
      world.ledger.put = (...args) => (++writes * 2 > count ? Promise.reject(new Error('throttled')) : put(...args));
      await expect(world.publishOutbox()).rejects.toThrow('were not published');
      world.ledger.put = put;
      expect(pending()).toBeGreaterThan(0);
      await die([50]);

      expect(await world.publishOutbox()).toBeGreaterThan(0);

      expect(told()).toHaveLength(2);
      expect(new Set(world.accepted().map(({ id, payload }) => `${id} ${payload.inline}`)).size).toBe(2);
      expect([...coverage().values()]).toEqual(Array.from({ length: count + 1 }, () => 1));
      expect(pending()).toBe(0);
    },
  );

  it('keep their event if it was stored and could not be published', async () => {
    await die(numbers(5));
    world.now = START + MINUTE;
    world.publishing.busRefusals = 1_000;
    await expect(world.publishOutbox()).rejects.toThrow('were not published');
    expect(pending()).toBe(5);
    world.publishing.busRefusals = 0;
    await die([7]);
    await world.publishOutbox();
    expect(
      told()
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['postrider.deliveries.dead', 'postrider.delivery.dead']);
    expect([...coverage().values()]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('are in one event each when two runs publish at the same time', async () => {
    await die(numbers(30));
    world.now = START + MINUTE;
    await Promise.all([world.publishOutbox(), world.publishOutbox(), world.publishOutbox()]);
    expect([told().length, coverage().size, pending()]).toEqual([1, 30, 0]);
    expect(new Set(world.accepted().map(({ payload }) => payload.inline)).size).toBe(1);
  });

  it('are in one event per delivery, even if one dies twice in a minute', async () => {
    await die([1]);
    world.now = START + MINUTE;
    const record = world.record(eventId(1), ONE) ?? expect.fail('There is no record.');
    const outbox = [...record.outbox, { kind: 'dead' as const, cycle: 2, at: START + 500 }];
    await world.ledger.put({ ...record, outbox, revision: 2 }, 1);
    await world.publishOutbox();
    expect(world.envelopes()).toMatchObject([{ type: 'postrider.deliveries.dead', data: { count: 2 } }]);
    expect(pending()).toBe(0);
  });

  it('have more than one event if they are more than ten thousand', async () => {
    await die(numbers(10_050));
    world.now = START + MINUTE;
    await world.publishOutbox();
    await world.publishOutbox();
    expect(world.envelopes().map(({ data }) => data.count)).toEqual([10_000, 50]);
    expect([coverage().size, pending()]).toEqual([10_050, 0]);
  });
});

describe('an endpoint with very many deaths', () => {
  /** Every record that is written takes this long. */
  function slowWrites(ms: number): void {
    const { put } = world.ledger;
    world.ledger.put = (...args) => {
      world.now += ms;
      return put(...args);
    };
  }

  it('does not delay the events of others, and its own is published once however long removing its notices takes', async () => {
    await die(numbers(4_000));
    for (const at of numbers(40, 2)) await die([50_000 + at], { endpoint: endpointId(at) });
    slowWrites(10);
    world.now = START + 2 * MINUTE;
    for (let minute = 2; minute < 6 && pending() > 0; minute++) {
      const begunAt = world.now;
      world.remainingMs = () => begunAt + MINUTE - world.now;
      await world.publishOutbox();
      expect(world.now - begunAt).toBeLessThan(45_000);
      // All were published by the first run.
      expect(told()).toHaveLength(41);
    }
    expect(pending()).toBe(0);
    expect([...coverage().values()].every((times) => times === 1)).toBe(true);
  });
});
