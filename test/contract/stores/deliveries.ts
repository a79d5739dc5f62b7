import { expect, test } from 'vitest';
import { findByIds, keyText } from '../../../core/deliveries/ledger.ts';
import { ATTEMPTS_KEPT, type AttemptEntry, type DeliveryRecord } from '../../../core/deliveries/record.ts';
import { EXCERPT_BYTES_FAILURE } from '../../../core/deliveries/sender.ts';
import { newId } from '../../../core/ids.ts';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { anAttempt, aRecord, random } from './samples.ts';
import type { StoreWorld } from './world.ts';

/** A record with a value in every field. */
const full = (): DeliveryRecord =>
  aRecord({
    status: 'dead',
    waitingFor: 'backoff',
    next: { cycle: 3, step: 7 },
    attemptCount: 4,
    nextAttemptAt: START + 5,
    lastError: 'http_status 500',
    discardReason: 'unsubscribed',
    deathReason: 'permanent_failure',
    deadLetter: { copy: 'c', messageId: 'm', firstReceivedAt: START + 1, sentAt: START },
    adoptedMessageId: 'n',
    adoptedCopy: 'c',
    claim: { messageId: 'o', cycle: 3, step: 7, until: START + 60_000, token: 't' },
    slot: START + 7,
    recovering: true,
    outbox: [{ kind: 'dead', cycle: 2, at: START + 8 }],
    forced: true,
    payload: { key: 'acme/batch/hash', offset: 10, length: 20 },
    attempts: [
      anAttempt({
        cycle: 3,
        statusCode: null,
        errorCode: 'timeout',
        url: 'https://a.example/',
        responseExcerpt: 'é🚀\n"\u0000',
      }),
      anAttempt({
        cycle: 3,
        number: 2,
        statusCode: null,
        errorCode: 'tls_error',
        errorDetail: 'wrong_name',
        remoteIp: '2001:db8::1',
      }),
    ],
    deliveredAt: START + 9,
  });

/** An attempt whose excerpt fills what one may have. */
const longAttempt = (changes: Partial<AttemptEntry> = {}) =>
  anAttempt({
    statusCode: 500,
    errorCode: 'http_status',
    url: 'https://a.example/',
    responseExcerpt: '"x'.repeat(EXCERPT_BYTES_FAILURE / 2),
    ...changes,
  });

export function deliveryRules(given: () => StoreWorld): void {
  test('a record is read back with every field as written', async () => {
    const { deliveries } = given();
    for (const record of [aRecord(), full(), aRecord({ wide: true })]) {
      expect(await deliveries.put(record, null)).toBe(true);
      expect(await deliveries.find(record)).toEqual(record);
    }
  });

  test('each attempt is read back with its URL, address and headers, or without', async () => {
    const { deliveries } = given();
    const attempts = [
      anAttempt({ number: 1 }),
      anAttempt({ number: 2, url: 'https://a.example/', remoteIp: '203.0.113.20' }),
      anAttempt({ number: 3, url: 'https://a.example/', responseHeaders: { 'content-type': 'a/b', via: '"é' } }),
      anAttempt({ number: 4, url: 'https://b.example/' }),
      anAttempt({ number: 5 }),
      anAttempt({ number: 6, url: 'https://b.example/', remoteIp: '2001:db8::1' }),
    ];
    const record = aRecord({ attempts, attemptCount: 6 });
    expect(await deliveries.put(record, null)).toBe(true);
    const stored = (await deliveries.find(record)) ?? expect.fail();
    expect(await deliveries.attemptsOf(stored)).toEqual(attempts);
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('one of the writers that read the same revision wins', async () => {
    const { deliveries } = given();
    const record = aRecord();
    const firsts = Array.from({ length: 8 }, (_, at) => deliveries.put({ ...record, attemptCount: at }, null));
    expect((await Promise.all(firsts)).filter(Boolean)).toHaveLength(1);
    const nexts = Array.from({ length: 8 }, () => deliveries.put({ ...record, revision: 2 }, 1));
    expect((await Promise.all(nexts)).filter(Boolean)).toHaveLength(1);
    expect(await deliveries.put({ ...record, revision: 2, status: 'dead' }, 1)).toBe(false);
    expect(await deliveries.put({ ...record, revision: 9, status: 'dead' }, 8)).toBe(false);
    expect(await deliveries.find(record)).toMatchObject({ revision: 2, status: 'retrying' });
  });

  test("the record of a wide event's delivery is found by its key, or by its ids alone", async () => {
    const { deliveries } = given();
    const [plain, wide] = [aRecord(), aRecord({ wide: true })];
    for (const record of [plain, wide]) await deliveries.put(record, null);
    expect((await deliveries.load([plain, wide], [])).records).toEqual(
      new Map([plain, wide].map((record) => [keyText(record), record])),
    );
    expect(await deliveries.find({ ...wide, wide: false })).toBeUndefined();
    expect(await deliveries.find({ ...plain, wide: true })).toBeUndefined();
    expect(await findByIds(plain, deliveries)).toEqual(plain);
    expect(await findByIds(wide, deliveries)).toEqual(wide);
    expect(await findByIds({ eventId: 'evt_none', endpointId: 'ep_none' }, deliveries)).toBeUndefined();
  });

  test('a write on a revision that was never stored writes nothing', async () => {
    const { deliveries } = given();
    const record = aRecord({ revision: 2 });
    expect(await deliveries.put(record, 1)).toBe(false);
    expect(await deliveries.find(record)).toBeUndefined();
  });

  test('records and endpoints are loaded together, each once, without missing ones', async () => {
    const { deliveries, endpoints } = given();
    const record = aRecord();
    const endpoint = anEndpoint({ id: newId('ep', START, random) });
    await deliveries.put(record, null);
    await endpoints.put(endpoint, null, null);
    const missing = { eventId: 'evt_none', endpointId: 'ep_none' };
    const loaded = await deliveries.load([record, missing, record], [endpoint.id, 'ep_none']);
    expect([...loaded.records]).toEqual([[keyText(record), record]]);
    expect([...loaded.endpoints.keys()]).toEqual([endpoint.id]);
    expect(loaded.endpoints.get(endpoint.id)?.endpoint).toEqual(endpoint);
    expect(loaded.endpoints.get(endpoint.id)?.health).toEqual((await endpoints.find(endpoint.id))?.health);
    expect(await deliveries.load([], [])).toEqual({ records: new Map(), endpoints: new Map() });
  });

  // API_BatchGetItem: 100 items a call
  test('more than a hundred records are loaded at once', async () => {
    const { deliveries } = given();
    const records = Array.from({ length: 130 }, () => aRecord());
    await Promise.all(records.map((record) => deliveries.put(record, null)));
    expect((await deliveries.load(records, [])).records.size).toBe(130);
  });

  // DDBG/TTL.html: expired items are deleted within days, and can be read until then
  test('an expired record counts as absent, and another may replace it', async () => {
    const world = given();
    const record = aRecord({ expiresAt: START + 10_000 });
    await world.deliveries.put(record, null);
    world.now = START + 9_999;
    expect(await world.deliveries.find(record)).toEqual(record);
    expect(await world.deliveries.put(record, null)).toBe(false);
    world.now = START + 10_000;
    expect(await world.deliveries.find(record)).toBeUndefined();
    expect((await world.deliveries.load([record], [])).records.size).toBe(0);
    const other = { ...record, attemptCount: 7, expiresAt: START + 60 * DAY };
    expect(await world.deliveries.put(other, null)).toBe(true);
    expect(await world.deliveries.find(record)).toEqual(other);
  });

  // DDBG/Constraints.html: 400 KB an item
  test('the longest record is stored: the maximum of attempts, with the longest excerpts', async () => {
    const { deliveries } = given();
    const responseExcerpt = '\u0001'.repeat(1024);
    const attempts = Array.from({ length: ATTEMPTS_KEPT }, (_, at) => anAttempt({ number: at + 1, responseExcerpt }));
    const record = aRecord({ attempts });
    expect(await deliveries.put(record, null)).toBe(true);
    const found = await deliveries.find(record);
    expect(found).toEqual({ ...record, attempts: found?.attempts });
    expect(await deliveries.attemptsOf(found ?? expect.fail())).toEqual(attempts);
  });

  test('all attempts are read, each once, in the order of time, whether its record has them or not', async () => {
    const { deliveries } = given();
    const other = aRecord();
    for (const start of [aRecord(), aRecord({ wide: true }), { ...other, endpointId: `${other.endpointId}x` }]) {
      await deliveries.put({ ...other, revision: 1 }, null);
      let record = start;
      await deliveries.put(record, null);
      const made = Array.from({ length: 12 }, (_, at) => longAttempt({ number: at + 1, at: START + at }));
      for (const attempt of made) {
        const found = (await deliveries.find(record)) ?? expect.fail();
        record = { ...found, attempts: [...found.attempts, attempt], revision: found.revision + 1 };
        expect(await deliveries.put(record, found.revision)).toBe(true);
        // Written once more by who did not know: it is the same attempt.
        expect(await deliveries.put({ ...record, revision: record.revision + 1 }, record.revision)).toBe(true);
      }
      const found = (await deliveries.find(record)) ?? expect.fail();
      expect(await deliveries.attemptsOf(found)).toEqual(made);
    }
    expect(await deliveries.attemptsOf(other)).toEqual([]);
  });

  test('an attempt whose record others have moved is kept', async () => {
    const { deliveries } = given();
    const record = aRecord();
    await deliveries.put(record, null);
    const attempts = [longAttempt({ errorDetail: 'expired', errorCode: 'tls_error', statusCode: null })];
    expect(await deliveries.put({ ...record, revision: 2 }, 1)).toBe(true);
    expect(await deliveries.put({ ...record, attempts, revision: 2 }, 1)).toBe(false);
    const moved = (await deliveries.find(record)) ?? expect.fail();
    expect(await deliveries.put({ ...moved, attempts, revision: 3 }, 2)).toBe(true);
    expect(await deliveries.attemptsOf((await deliveries.find(record)) ?? expect.fail())).toEqual(attempts);
  });

  test('of very many attempts the newest fifty are read', async () => {
    const { deliveries } = given();
    let record = aRecord();
    await deliveries.put(record, null);
    const made = Array.from({ length: ATTEMPTS_KEPT + 10 }, (_, at) => longAttempt({ number: at + 1, at: START + at }));
    for (const attempt of made) {
      const found = (await deliveries.find(record)) ?? expect.fail();
      const attempts = [...found.attempts, attempt].slice(-ATTEMPTS_KEPT);
      record = { ...found, attempts, revision: found.revision + 1 };
      await deliveries.put(record, found.revision);
    }
    expect(await deliveries.attemptsOf((await deliveries.find(record)) ?? expect.fail())).toEqual(
      made.slice(-ATTEMPTS_KEPT),
    );
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { deliveries } = given();
    const record = full();
    const stored = structuredClone(record);
    await deliveries.put(record, null);
    record.attempts.pop();
    record.next.step = 100;
    const found = await deliveries.find(record);
    found?.outbox.pop();
    const loaded = (await deliveries.load([record], [])).records.get(keyText(record));
    loaded?.attempts.pop();
    expect(await deliveries.find(record)).toEqual(stored);
  });
}
