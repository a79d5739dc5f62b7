import { expect, test } from 'vitest';
import type { AuditEntry } from '../../../core/audit/audit.ts';
import { newId } from '../../../core/ids.ts';
import type { TimeRange } from '../../../core/listing/page.ts';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { allMarked } from '../../support/task-run.ts';
import { anEntry, random } from './samples.ts';
import { AUDIT_RETENTION_DAYS, type StoreWorld, toTheEnd } from './world.ts';

const OPEN: TimeRange = { from: null, to: null };

export function auditRules(given: () => StoreWorld): void {
  async function append(...entries: AuditEntry[]): Promise<void> {
    for (const entry of entries) await given().audit.append(entry);
  }

  async function walked(tenant: string | null, limit: number, range = OPEN): Promise<AuditEntry[]> {
    const stretches = await toTheEnd((after) => given().audit.ofTenant(tenant, range, after, limit));
    const found = stretches.flatMap((segment) => segment.found);
    expect(found.map(({ position }) => position)).toEqual(found.map(({ item }) => item.id));
    return found.map(({ item }) => item);
  }

  async function about(object: string, limit: number, range = OPEN): Promise<AuditEntry[]> {
    const stretches = await toTheEnd((after) => given().audit.ofObject(object, range, after, limit));
    return stretches.flatMap((segment) => segment.found).map(({ item }) => item);
  }

  async function carried(limit = 10, range = OPEN): Promise<AuditEntry[]> {
    const stretches = await toTheEnd((after) => given().audit.list(range, after, limit));
    return stretches.flatMap(({ found }) => found).map(({ item }) => item.entry);
  }

  async function release(id: string): Promise<void> {
    const { found } = await given().audit.list(OPEN, null, 100);
    await found.find(({ position }) => position === id)?.item.remove();
  }

  /** An endpoint stored with the entry of its creation. */
  async function stored() {
    const endpoint = anEndpoint({ id: newId('ep', START, random) });
    const entry = anEntry({ object: endpoint.id });
    expect(await given().endpoints.put(endpoint, null, entry)).toBe(true);
    return { endpoint, entry };
  }

  test('an entry is read back with every field as written, once, however often it is appended', async () => {
    const { audit } = given();
    const entry = anEntry({
      actor: { kind: 'iam', id: 'arn:aws:iam::111122223333:user/é', name: 'é' },
      before: { a: null, b: { c: [1, 'x'] } },
      after: null,
    });
    expect([await audit.append(entry), await audit.append(entry)]).toEqual([true, false]);
    expect(await about('ep_1', 10)).toEqual([entry]);
    expect(await walked('acme', 10)).toEqual([entry]);
  });

  test.each([1, 2, 10])('entries are listed by object, tenant, and all, newest first, %i at a time', async (limit) => {
    const mine = [0, 1, 2].map((at) => anEntry({ at: START + at, object: at === 1 ? 'order.paid' : 'ep_1' }));
    const [first, second, third] = mine;
    const theirs = anEntry({ at: START + 3, tenant: 'another' });
    await append(...mine, theirs);
    expect(await walked('acme', limit)).toEqual([third, second, first]);
    expect(await walked(null, limit)).toEqual([theirs, third, second, first]);
    expect(await about('ep_1', limit)).toEqual([theirs, third, first]);
    expect(await about('order.paid', limit)).toEqual([second]);
    expect([await walked('nobody', limit), await about('ep_2', limit)]).toEqual([[], []]);
  });

  test('entries without a tenant are listed with those of the default one', async () => {
    const ofNone = anEntry({ tenant: null, object: 'order.paid' });
    await append(ofNone);
    expect([await walked('default', 10), await walked(null, 10)]).toEqual([[ofNone], [ofNone]]);
    expect(await walked('acme', 10)).toEqual([]);
  });

  // API_Query, KeyConditionExpression: a BETWEEN with reversed bounds is refused
  test('a range includes its start but not its end', async () => {
    const all = [0, 1, 2, 3].map((at) => anEntry({ at: START + at }));
    const [, second, third] = all;
    await append(...all);
    const range = { from: START + 1, to: START + 3 };
    for (const limit of [1, 10]) {
      expect(await walked('acme', limit, range)).toEqual([third, second]);
      expect(await about('ep_1', limit, range)).toEqual([third, second]);
      expect(await walked('acme', limit, { from: START + 3, to: START + 1 })).toEqual([]);
      expect(await walked('acme', limit, { from: -1, to: START + 1 })).toEqual([all[0]]);
    }
  });

  // DDBG/TTL.html: expired items are deleted within days, and can be read until then
  test('an entry is listed until its retention ends, and the page says where to continue', async () => {
    const world = given();
    const [former, old, young] = [anEntry({ at: START - 1_000 }), anEntry(), anEntry({ at: START + 1_000 })];
    await append(former, old, young);
    for (const [now, kept] of [
      [START + AUDIT_RETENTION_DAYS * DAY - 1_000, [young, old]],
      [START + AUDIT_RETENTION_DAYS * DAY, [young]],
    ] as const) {
      world.now = now;
      for (const limit of [1, 10]) {
        const all = [await walked('acme', limit), await walked(null, limit), await about('ep_1', limit)];
        expect(all).toEqual([kept, kept, kept]);
      }
    }
  });

  test('an item carries the entry of its last change until it is released, and its id after that', async () => {
    const { endpoints } = given();
    const { endpoint, entry } = await stored();
    expect(await endpoints.find(endpoint.id)).toMatchObject({ pendingEntry: entry, changeId: entry.id });
    expect(await carried()).toEqual([entry]);

    const next = anEntry({ object: endpoint.id, at: START + 1 });
    expect(await endpoints.put({ ...endpoint, version: 2 }, 1, next)).toBe(true);
    expect(await carried()).toEqual([next]);

    await release(next.id);
    const found = await endpoints.find(endpoint.id);
    expect(found).toMatchObject({ endpoint: { version: 2 }, changeId: next.id });
    expect([found?.pendingEntry, await carried()]).toEqual([undefined, []]);
  });

  test('a newer entry is not released in place of an older one', async () => {
    const { endpoints, audit } = given();
    const { endpoint } = await stored();
    const [late] = (await audit.list(OPEN, null, 10)).found;
    const next = anEntry({ object: endpoint.id, at: START + 1 });
    await endpoints.put({ ...endpoint, version: 2 }, 1, next);
    await late?.item.remove();
    expect(await carried()).toEqual([next]);

    const [later] = (await audit.list(OPEN, null, 10)).found;
    const end = anEntry({ object: endpoint.id, at: START + 2 });
    await endpoints.remove(endpoint.id, 2, end);
    await later?.item.remove();
    expect(await carried()).toEqual([end]);
  });

  test('a write that is not audited leaves nothing to release', async () => {
    const { endpoints } = given();
    const { endpoint } = await stored();
    await endpoints.put({ ...endpoint, version: 2 }, 1, null);
    const found = await endpoints.find(endpoint.id);
    expect([found?.pendingEntry, found?.changeId, await carried()]).toEqual([undefined, undefined, []]);
  });

  test('a deleted object is absent for every reader, and removed once its entry is released', async () => {
    const { endpoints, deliveries, health } = given();
    const { endpoint } = await stored();
    const { id } = endpoint;
    await health.put({ ...(await health.find(id)), holding: { id: 'hold_1', emptySince: null }, revision: 1 }, 0);
    const end = anEntry({ object: id, at: START + 1 });
    expect(await endpoints.remove(id, 1, end)).toBe(true);
    const seen = async () => [
      await endpoints.find(id),
      (await endpoints.list('acme', 10, null)).items,
      (await endpoints.list(null, 10, null)).items,
      (await deliveries.load([], [id])).endpoints.size,
      (await allMarked(health)).map((marked) => marked.endpoint),
    ];
    expect(await seen()).toEqual([undefined, [], [], 0, [undefined]]);
    expect(await endpoints.put(endpoint, 1, null)).toBe(false);
    expect(await endpoints.put(endpoint, null, null)).toBe(false);
    expect(await carried()).toEqual([end]);

    await release(end.id);
    expect(await seen()).toEqual([undefined, [], [], 0, [undefined]]);
    expect(await carried()).toEqual([]);
    expect(await endpoints.put(endpoint, null, null)).toBe(true);
  });

  test('a revoked key is removed once its entry is released', async () => {
    const { keys } = given();
    const key = { ...KEY, id: newId('key', START, random) };
    await keys.put(key, 'hash', anEntry({ object: key.id }));
    const end = anEntry({ object: key.id, at: START + 1 });
    await keys.remove(key.id, end);
    expect(await carried()).toEqual([end]);
    await release(end.id);
    expect([await carried(), await keys.findByHash('hash'), await keys.find(key.id)]).toEqual([
      [],
      undefined,
      undefined,
    ]);
    expect(await keys.put(key, 'hash', anEntry({ object: key.id }))).toBe(true);
    expect((await keys.find(key.id))?.key).toEqual(key);
  });

  test.each([1, 2, 10])('pending entries are listed newest first, %i at a time', async (limit) => {
    const { endpoints } = given();
    const entries: AuditEntry[] = [];
    for (let at = 0; at < 4; at++) {
      const endpoint = anEndpoint({ id: newId('ep', START, random) });
      const entry = anEntry({ object: endpoint.id, at: START + at });
      await endpoints.put(endpoint, null, entry);
      entries.unshift(entry);
    }
    expect(await carried(limit)).toEqual(entries);
    expect(await carried(limit, { from: START + 1, to: START + 3 })).toEqual(entries.slice(1, 3));
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { endpoints, audit } = given();
    const entry = anEntry({ after: { a: 1 } });
    const copy = structuredClone(entry);
    await audit.append(entry);
    await endpoints.put(anEndpoint(), null, entry);
    for (const one of [entry, (await about('ep_1', 1))[0], (await endpoints.find('ep_1'))?.pendingEntry]) {
      if (one) one.after = {};
    }
    expect([await about('ep_1', 1), await carried()]).toEqual([[copy], [copy]]);
  });
}

const KEY = {
  name: 'n',
  role: 'admin',
  tenant: null,
  prefix: 'pr_',
  createdAt: START,
  expiresAt: null,
  lastUsedOn: null,
} as const;
