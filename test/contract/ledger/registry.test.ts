import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEndpointStore, createHoldingMarks } from '../../../adapters/dynamodb/endpoint-store.ts';
import { createKeyStore } from '../../../adapters/dynamodb/key-store.ts';
import { MemoryEndpointStore } from '../../../adapters/memory/endpoint-store.ts';
import { MemoryKeyStore } from '../../../adapters/memory/key-store.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { EndpointStore, HoldingMarks } from '../../../core/endpoints/store.ts';
import { newId } from '../../../core/ids.ts';
import type { KeyReader } from '../../../core/keys/authenticate.ts';
import { keyHash, mintKey } from '../../../core/keys/key.ts';
import type { KeyStore } from '../../../core/keys/store.ts';
import type { Page } from '../../../core/listing/page.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { startTables, type TestTables } from '../../support/dynamodb.ts';
import { seededRandom } from '../../support/seeded-random.ts';

interface Subject {
  endpoints: EndpointStore;
  marks: HoldingMarks;
  keys: KeyStore & KeyReader;
}

const random = seededRandom(31);
const wait = async () => undefined;
let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const subjects: [string, () => Subject][] = [
  [
    'memory',
    () => {
      const endpoints = new MemoryEndpointStore();
      return { endpoints, marks: endpoints, keys: new MemoryKeyStore() };
    },
  ],
  [
    'DynamoDB',
    () => {
      const options = { client: tables.client, table: tables.registry, wait };
      return {
        endpoints: createEndpointStore(options),
        marks: createHoldingMarks(options),
        keys: createKeyStore({ ...options, warn: () => undefined }),
      };
    },
  ],
];

let tenants = 0;

describe.each(subjects)('the registry (%s)', (_, create) => {
  let subject: Subject;
  let tenant: string;
  beforeEach(() => {
    subject = create();
    tenant = `tenant-${++tenants}`;
  });

  const endpoint = (at = START, changes: Partial<Endpoint> = {}) =>
    anEndpoint({ id: newId('ep', at, random), tenant, ...changes });

  /** Reads a whole list by pages. */
  async function all<Item>(list: (after: string | null) => Promise<Page<Item>>): Promise<Item[]> {
    const items: Item[] = [];
    let after: string | null = null;
    do {
      const page: Page<Item> = await list(after);
      items.push(...page.items);
      after = page.next;
    } while (after !== null);
    return items;
  }

  it('keeps an endpoint whole, with the health of one that had no trouble', async () => {
    const one = endpoint(START, { filter: 'data.a', rateLimitPerSecond: 3, metadata: { a: 'b' } });
    expect(await subject.endpoints.put(one, null)).toBe(true);
    expect(await subject.endpoints.find(one.id)).toEqual({
      endpoint: one,
      health: { endpointId: one.id, circuit: 'closed', consecutiveFailures: 0, holding: null },
    });
    expect(await subject.endpoints.find(newId('ep', START, random))).toBeUndefined();
  });

  it('writes and removes an endpoint only on the version that the writer saw', async () => {
    const one = endpoint();
    const next = { ...one, description: 'next', version: 2 };
    expect(await subject.endpoints.put(one, 1)).toBe(false);
    expect(await subject.endpoints.put(one, null)).toBe(true);
    expect(await subject.endpoints.put(one, null)).toBe(false);
    expect(await subject.endpoints.put(next, 1)).toBe(true);
    expect(await subject.endpoints.put(next, 1)).toBe(false);
    expect(await subject.endpoints.remove(one.id, 1)).toBe(false);
    expect((await subject.endpoints.find(one.id))?.endpoint.description).toBe('next');
    expect(await subject.endpoints.remove(one.id, 2)).toBe(true);
    expect(await subject.endpoints.remove(one.id, 2)).toBe(false);
    expect(await subject.endpoints.find(one.id)).toBeUndefined();
  });

  it('lists endpoints by tenant, and all, newest first', async () => {
    const mine = [endpoint(START), endpoint(START + 1), endpoint(START + 2)];
    for (const one of [...mine, endpoint(START + 3, { tenant: `${tenant}-other` })]) {
      await subject.endpoints.put(one, null);
    }
    const expected = mine.map(({ id }) => id).reverse();
    for (const limit of [1, 2, 3, 10]) {
      const found = await all((after) => subject.endpoints.list(tenant, limit, after));
      expect(found.map(({ id }) => id)).toEqual(expected);
    }
    const everything = await all((after) => subject.endpoints.list(null, 2, after));
    expect(everything.map(({ id }) => id)).toEqual(expect.arrayContaining(expected));
    expect(everything.length).toBeGreaterThan(3);
  });

  it('marks an endpoint as held, keeps the mark that is there, and renews it when asked', async () => {
    const one = endpoint();
    await subject.endpoints.put(one, null);
    const holding = async () => (await subject.endpoints.find(one.id))?.health.holding;
    await subject.marks.ensure(one.id, 'hold_1');
    await subject.marks.ensure(one.id, 'hold_2');
    expect(await holding()).toEqual({ id: 'hold_1', emptySince: null });
    await subject.marks.renew(one.id, 'hold_3');
    expect(await holding()).toEqual({ id: 'hold_3', emptySince: null });
  });

  it('finds a key by its hash and its id until it is removed, and notes the day of its use', async () => {
    const wanted = { name: 'n', role: 'viewer', tenant, expiresAt: null } as const;
    const { key, secret } = mintKey(wanted, START, random);
    const hash = keyHash(secret);
    await subject.keys.put(key, hash);
    expect([await subject.keys.findByHash(hash), await subject.keys.find(key.id)]).toEqual([key, key]);
    await subject.keys.noteUse(hash, '2026-11-22');
    expect(await subject.keys.find(key.id)).toEqual({ ...key, lastUsedOn: '2026-11-22' });
    expect((await subject.keys.remove(key.id))?.id).toBe(key.id);
    expect(await subject.keys.remove(key.id)).toBeUndefined();
    await subject.keys.noteUse(hash, '2026-11-23');
    expect([await subject.keys.findByHash(hash), await subject.keys.find(key.id)]).toEqual([undefined, undefined]);
  });

  it('lists keys by tenant, and all, newest first', async () => {
    const minted = [tenant, tenant, null].map((to, at) =>
      mintKey({ name: 'n', role: 'admin', tenant: to, expiresAt: null }, START + at, random),
    );
    for (const { key, secret } of minted) await subject.keys.put(key, keyHash(secret));
    const [first, second, unbound] = minted.map(({ key }) => key.id);
    const found = await all((after) => subject.keys.list(tenant, 1, after));
    expect(found.map(({ id }) => id)).toEqual([second, first]);
    const everything = await all((after) => subject.keys.list(null, 2, after));
    expect(everything.map(({ id }) => id)).toEqual(expect.arrayContaining([unbound, second, first]));
  });
});
