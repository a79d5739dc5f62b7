import { expect, test } from 'vitest';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { newId } from '../../../core/ids.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { anEntry, random } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const endpoint = (at = START, changes: Partial<Endpoint> = {}) =>
  anEndpoint({ id: newId('ep', at, random), ...changes });

export function endpointRules(given: () => StoreWorld): void {
  test('an endpoint is read back with every field as written', async () => {
    const { endpoints } = given();
    const sealed = { keyId: 'dk', wrappedKey: 'w', nonce: 'n', box: 'b' };
    const one = endpoint(START, {
      filter: 'data.a',
      rateLimitPerSecond: 3,
      metadata: { a: 'é🚀' },
      headers: { 'x-a': 'b' },
      sealedHeaders: { names: [{ name: 'X-C', since: 2 }], values: sealed },
      state: 'disabled',
      disabledReason: 'gone',
      previousSecrets: [{ sealed, version: 1, expiresAt: START + 1 }],
    });
    expect(await endpoints.put(one, null, null)).toBe(true);
    expect((await endpoints.find(one.id))?.endpoint).toEqual(one);
    expect(await endpoints.find(newId('ep', START, random))).toBeUndefined();
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('an endpoint is written and removed only at the version that the writer read', async () => {
    const { endpoints } = given();
    const one = endpoint();
    const next = { ...one, description: 'next', version: 2 };
    expect(await endpoints.put(one, 1, null)).toBe(false);
    expect(await endpoints.put(one, null, null)).toBe(true);
    expect(await endpoints.put(one, null, null)).toBe(false);
    const writers = Array.from({ length: 8 }, () => endpoints.put(next, 1, null));
    expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
    expect(await endpoints.remove(one.id, 1, anEntry({ object: one.id }))).toBe(false);
    expect((await endpoints.find(one.id))?.endpoint.description).toBe('next');
    expect(await endpoints.remove(one.id, 2, anEntry({ object: one.id }))).toBe(true);
    expect(await endpoints.remove(one.id, 2, anEntry({ object: one.id }))).toBe(false);
    expect(await endpoints.find(one.id)).toBeUndefined();
  });

  test('endpoints are listed by tenant, and all, newest first', async () => {
    const { endpoints } = given();
    const mine = [endpoint(START), endpoint(START + 1), endpoint(START + 2)];
    const theirs = endpoint(START + 3, { tenant: 'another' });
    for (const one of [...mine, theirs]) await endpoints.put(one, null, null);
    const listed = async (tenant: string | null, limit: number) =>
      (await toTheEnd((after) => endpoints.list(tenant, limit, after))).flatMap(({ items }) => items);
    for (const limit of [1, 2, 3, 10]) {
      expect(await listed('acme', limit)).toEqual(mine.toReversed());
      expect(await listed(null, limit)).toEqual([theirs, ...mine.toReversed()]);
    }
    await endpoints.remove(theirs.id, 1, anEntry({ object: theirs.id }));
    expect(await listed(null, 10)).toEqual(mine.toReversed());
  });

  test("the heartbeat's endpoint is listed by its tenant, and not with all", async () => {
    const { endpoints } = given();
    const [beat, mine] = [endpoint(START, { tenant: HEARTBEAT_TENANT }), endpoint(START + 1)];
    for (const one of [beat, mine]) await endpoints.put(one, null, null);
    expect((await endpoints.list(null, 10, null)).items).toEqual([mine]);
    expect((await endpoints.list(HEARTBEAT_TENANT, 10, null)).items).toEqual([beat]);
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { endpoints } = given();
    const one = endpoint(START, { metadata: { a: 'b' } });
    const stored = structuredClone(one);
    await endpoints.put(one, null, null);
    one.metadata = {};
    one.eventTypes.push('more');
    (await endpoints.find(one.id))?.endpoint.eventTypes.push('more');
    (await endpoints.list('acme', 1, null)).items[0]?.eventTypes.push('more');
    expect((await endpoints.find(one.id))?.endpoint).toEqual(stored);
  });
}
