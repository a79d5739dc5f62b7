import { expect, test } from 'vitest';
import type { Subscription } from '../../../core/subscriptions/subscription.ts';
import { aSubscription } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

const many = (count: number, pattern: string): Subscription[] =>
  Array.from({ length: count }, (_, at) =>
    aSubscription({ pattern, endpointId: `ep_${pattern}_${String(at).padStart(4, '0')}` }),
  );
const names = (entries: readonly Subscription[]) =>
  entries.map(({ pattern, endpointId }) => `${pattern} ${endpointId}`);

export function subscriptionRules(given: () => StoreWorld): void {
  test("a tenant's entries are found together, whole, right after they were written", async () => {
    const { subscriptions } = given();
    const mine = [
      aSubscription({ pattern: '*', endpointId: 'ep_2', filter: 'data.a > `1`', patterns: ['*', 'a.b'], version: 3 }),
      aSubscription({ pattern: 'a.b', endpointId: 'ep_1' }),
    ];
    await subscriptions.put([...mine, aSubscription({ tenant: 'another' }), aSubscription({ tenant: 'acme2' })]);
    const found = (await subscriptions.all('acme')) ?? expect.fail('a small tenant is one read');
    expect(found.toSorted((one, other) => (one.pattern < other.pattern ? -1 : 1))).toEqual(mine);
    expect(await subscriptions.all('nobody')).toEqual([]);
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('an older version never overwrites a newer one, whatever the order', async () => {
    const { subscriptions } = given();
    const entry = (version: number, filter: string) => aSubscription({ version, filter });
    await subscriptions.put([entry(2, 'second')]);
    await subscriptions.put([entry(1, 'first')]);
    expect(await subscriptions.all('acme')).toEqual([entry(2, 'second')]);
    await subscriptions.put([entry(2, 'again')]);
    expect(await subscriptions.all('acme')).toEqual([entry(2, 'again')]);
    await Promise.all([5, 3, 4].map((version) => subscriptions.put([entry(version, `v${version}`)])));
    expect(await subscriptions.all('acme')).toEqual([entry(5, 'v5')]);
  });

  test('only entries older than the given version are removed', async () => {
    const { subscriptions } = given();
    const name = { tenant: 'acme', pattern: 'order.created', endpointId: 'ep_1' };
    await subscriptions.put([aSubscription({ version: 2 })]);
    await subscriptions.remove([{ ...name, olderThan: 2 }]);
    expect(await subscriptions.all('acme')).toHaveLength(1);
    await subscriptions.remove([{ ...name, olderThan: 3 }]);
    expect(await subscriptions.all('acme')).toEqual([]);
    await subscriptions.remove([{ ...name, olderThan: 9 }]);
  });

  test.each([1, 4, 10, 50])('the entries of one pattern are read %i at a time, in a stable order', async (limit) => {
    const { subscriptions } = given();
    const wanted = many(10, 'order.*');
    await subscriptions.put([...many(3, 'order.*.x'), ...wanted.toReversed(), ...many(3, 'order.'), ...many(3, '*')]);
    const pages = await toTheEnd((after) => subscriptions.page('acme', 'order.*', after, limit));
    for (const { entries } of pages) expect(entries.length).toBeLessThanOrEqual(limit);
    expect(names(pages.flatMap(({ entries }) => entries))).toEqual(names(wanted));
  });

  test('entries added or removed between two pages do not affect others', async () => {
    const { subscriptions } = given();
    const wanted = many(6, 'a');
    await subscriptions.put(wanted);
    const first = await subscriptions.page('acme', 'a', null, 3);
    const [, , third] = wanted;
    await subscriptions.remove([{ ...(third ?? expect.fail('no third')), olderThan: 2 }]);
    await subscriptions.put([aSubscription({ pattern: 'a', endpointId: 'ep_a_0000_new' })]);
    const rest = await toTheEnd((after) => subscriptions.page('acme', 'a', after ?? first.next, 3));
    expect(names(rest.flatMap(({ entries }) => entries))).toEqual(names(wanted.slice(3)));
  });

  test('a tenant with more than 200 entries is not read at once, but by pattern', async () => {
    const { subscriptions } = given();
    await subscriptions.put(many(199, 'a'));
    expect(await subscriptions.all('acme')).toHaveLength(199);
    await subscriptions.put(many(2, 'b'));
    expect(await subscriptions.all('acme')).toBeUndefined();
    const pages = await toTheEnd((after) => subscriptions.page('acme', 'a', after, 90));
    expect(pages.flatMap(({ entries }) => entries)).toHaveLength(199);
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { subscriptions } = given();
    const entry = aSubscription({ pattern: 'a', patterns: ['a', 'b'] });
    const stored = structuredClone(entry);
    await subscriptions.put([entry]);
    entry.patterns.pop();
    for (const read of [await subscriptions.all('acme'), (await subscriptions.page('acme', 'a', null, 1)).entries]) {
      read?.[0]?.patterns.pop();
    }
    expect(await subscriptions.all('acme')).toEqual([stored]);
  });
}
