import { expect, test } from 'vitest';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EndedAs } from '../../../core/deliveries/work-lists.ts';
import type { TimeRange } from '../../../core/listing/page.ts';
import { START } from '../../support/delivery-world.ts';
import { aRecord } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const aDeadLetter = { messageId: 'm', copy: 'c', firstReceivedAt: START, sentAt: START };
const OPEN = { from: null, to: null };
const ended = (status: DeliveryRecord['status'], updatedAt: number, changes: Partial<DeliveryRecord> = {}) =>
  aRecord({ status, updatedAt, ...(status === 'dead' && { deadLetter: aDeadLetter }), ...changes });
const notices = (kind: 'dead' | 'recovered' = 'dead') => ({ outbox: [{ kind, cycle: 1, at: START }] });
const idsOf = (records: readonly DeliveryRecord[]) => records.map(({ eventId }) => eventId).sort();

export function endedDeliveryRules(given: () => StoreWorld): void {
  async function store(...records: DeliveryRecord[]): Promise<void> {
    for (const record of records) await given().deliveries.put(record, null);
  }

  /** Event ids of all shards, read page by page; no page is too long. */
  async function inShards(
    limit: number,
    read: (shard: number, after: string | null) => ReturnType<StoreWorld['ended']['withNotices']>,
  ) {
    const found: string[] = [];
    for (let shard = 0; shard < given().waitingShards; shard++) {
      for (const { keys } of await toTheEnd((after) => read(shard, after))) {
        expect(keys.length).toBeLessThanOrEqual(limit);
        found.push(...keys.map(({ eventId }) => eventId));
      }
    }
    return found.sort();
  }

  const allEnded = (how: EndedAs, range: TimeRange = OPEN, limit = 100) =>
    inShards(limit, (shard, after) => given().ended.ended(shard, how, range, after, limit));
  const allNews = (limit = 100) => inShards(limit, (shard, after) => given().ended.withNotices(shard, after, limit));

  test.each([1, 3, 100])(
    'dead and discarded deliveries are found, with or without notices, %i at a time',
    async (limit) => {
      const dead = [ended('dead', START), ended('dead', START + 1, notices()), ended('dead', START + 2)];
      const more = Array.from({ length: 7 }, (_, at) => ended('dead', START + at, at % 2 === 0 ? notices() : {}));
      const discarded = [ended('discarded', START), ended('discarded', START + 1)];
      await store(...dead, ...more, ...discarded, ended('delivered', START), ended('retrying', START));
      expect(await allEnded('dead', OPEN, limit)).toEqual(idsOf([...dead, ...more]));
      expect(await allEnded('discarded', OPEN, limit)).toEqual(idsOf(discarded));
    },
  );

  test('a range of their end times includes its start but not its end', async () => {
    const records = [0, 1, 2, 3].map((at) => ended('dead', START + at, at % 2 === 0 ? notices() : {}));
    await store(...records);
    const found = async (from: number | null, to: number | null) =>
      allEnded('dead', { from: from === null ? null : START + from, to: to === null ? null : START + to });
    expect(await found(1, 3)).toEqual(idsOf(records.slice(1, 3)));
    expect(await found(2, null)).toEqual(idsOf(records.slice(2)));
    expect(await found(null, 2)).toEqual(idsOf(records.slice(0, 2)));
    expect(await found(3, 1)).toEqual([]);
  });

  test("a wide event's deliveries are found with their keys", async () => {
    const world = given();
    const eventId = aRecord().eventId;
    const wide = Array.from({ length: 12 }, (_, at) =>
      ended('dead', START, { eventId, endpointId: `ep_${at}`, wide: true, ...(at % 2 === 0 && notices()) }),
    );
    await store(...wide);
    const shards = Array.from({ length: world.waitingShards }, (_, shard) => shard);
    const reads = shards.flatMap((shard) => [
      toTheEnd((after) => world.ended.ended(shard, 'dead', OPEN, after, 5)),
      toTheEnd((after) => world.ended.withNotices(shard, after, 5)),
    ]);
    const keys = (await Promise.all(reads)).flat().flatMap((page) => page.keys);
    expect(keys).toHaveLength(12 + 6);
    expect((await world.deliveries.load(keys, [])).records.size).toBe(12);
  });

  test('one that was sent again, or acknowledged after all, is no longer among them', async () => {
    const world = given();
    const [revived, acknowledged, stays] = [ended('dead', START), ended('dead', START), ended('dead', START)];
    await store(revived, acknowledged, stays);
    await world.deliveries.put({ ...revived, status: 'retrying', revision: 2 }, 1);
    await world.deliveries.put({ ...acknowledged, status: 'delivered', revision: 2 }, 1);
    expect(await allEnded('dead')).toEqual(idsOf([stays]));
  });

  test.each([1, 3, 100])('deliveries with notices are found whatever their status, %i at a time', async (limit) => {
    const waiting = ended('delivered', START + 9, notices('recovered'));
    const records = [
      ended('dead', START, notices()),
      ended('delivered', START + 1, notices('recovered')),
      ended('retrying', START + 2, notices()),
      ended('discarded', START + 3, notices()),
      waiting,
    ];
    await store(...records, ended('dead', START), ended('delivered', START));
    expect(await allNews(limit)).toEqual(idsOf(records));
    await given().deliveries.put({ ...waiting, outbox: [], revision: 2 }, 1);
    expect(await allNews(limit)).toEqual(idsOf(records.slice(0, 4)));
  });

  test('a waiting one is in the waiting room, and has its notice again when it continues', async () => {
    const world = given();
    const record = ended('waiting', START, { ...notices(), waitingFor: 'backoff', nextAttemptAt: START });
    await store(record);
    expect(await allNews()).toEqual([]);
    await world.deliveries.put({ ...record, status: 'retrying', waitingFor: null, revision: 2 }, 1);
    expect(await allNews()).toEqual([record.eventId]);
  });

  test('those that died without a dead letter are found separately, with or without notices', async () => {
    const withoutDeadLetter = { deadLetter: null, deathReason: 'filter' } as const;
    const undecided = [
      ended('dead', START, withoutDeadLetter),
      ended('dead', START, { ...withoutDeadLetter, ...notices() }),
    ];
    await store(...undecided, ended('discarded', START));
    expect(await allEnded('undecided')).toEqual(idsOf(undecided));
    expect(await allEnded('dead')).toEqual([]);
  });
}
