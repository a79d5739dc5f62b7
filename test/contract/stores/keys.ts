import { expect, test } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { keyHash, mintKey } from '../../../core/keys/key.ts';
import { START } from '../../support/delivery-world.ts';
import { anEntry, random } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

export function keyRules(given: () => StoreWorld): void {
  test('an API key is found by its hash and id until it is removed, and keeps the day of its last use', async () => {
    const { keys } = given();
    const wanted = { name: 'n', role: 'viewer', tenant: 'acme', expiresAt: START + 1 } as const;
    const { key, secret } = mintKey(wanted, START, random);
    const hash = keyHash(secret);
    const [made, revoked] = [anEntry({ object: key.id }), anEntry({ object: key.id })];
    expect(await keys.put(key, hash, made)).toBe(true);
    expect(await keys.findByHash(hash)).toEqual(key);
    expect(await keys.find(key.id)).toEqual({ key, pendingEntry: made, changeId: made.id });
    await keys.noteUse(hash, '2026-11-22');
    expect((await keys.find(key.id))?.key).toEqual({ ...key, lastUsedOn: '2026-11-22' });
    expect(await keys.remove(key.id, revoked)).toBe(true);
    expect(await keys.remove(key.id, revoked)).toBe(false);
    expect([await keys.findByHash(hash), await keys.find(key.id)]).toEqual([undefined, undefined]);
  });

  test('a key never overwrites another one, or a tombstone', async () => {
    const { keys } = given();
    const { key, secret } = mintKey({ name: 'n', role: 'admin', tenant: null, expiresAt: null }, START, random);
    const hash = keyHash(secret);
    const again = () => keys.put({ ...key, id: newId('key', START, random) }, hash, anEntry());
    await keys.put(key, hash, anEntry({ object: key.id }));
    expect(await again()).toBe(false);
    expect(await keys.findByHash(hash)).toEqual(key);
    await keys.remove(key.id, anEntry({ object: key.id }));
    expect(await again()).toBe(false);
    expect(await keys.findByHash(hash)).toBeUndefined();
  });

  // API_UpdateItem creates a missing item, unless a condition forbids it
  test('a removed key is not restored by its use', async () => {
    const { keys } = given();
    const { key, secret } = mintKey({ name: 'n', role: 'admin', tenant: null, expiresAt: null }, START, random);
    const hash = keyHash(secret);
    await keys.put(key, hash, anEntry({ object: key.id }));
    await keys.remove(key.id, anEntry({ object: key.id }));
    await keys.noteUse(hash, '2026-11-23').catch(() => undefined);
    expect([await keys.findByHash(hash), await keys.find(key.id)]).toEqual([undefined, undefined]);
    expect((await keys.list(null, 10, null)).items).toEqual([]);
  });

  test('API keys are listed by tenant, and all, newest first', async () => {
    const { keys } = given();
    const minted = ['acme', 'acme', null].map((tenant, at) =>
      mintKey({ name: 'n', role: 'admin', tenant, expiresAt: null }, START + at, random),
    );
    for (const { key, secret } of minted) await keys.put(key, keyHash(secret), anEntry({ object: key.id }));
    const [first, second, unbound] = minted.map(({ key }) => key);
    for (const limit of [1, 2, 10]) {
      const ofTenant = await toTheEnd((after) => keys.list('acme', limit, after));
      expect(ofTenant.flatMap(({ items }) => items)).toEqual([second, first]);
      const everything = await toTheEnd((after) => keys.list(null, limit, after));
      expect(everything.flatMap(({ items }) => items)).toEqual([unbound, second, first]);
    }
  });

  test('one of several concurrent replacements of the data key wins', async () => {
    const { dataKeys } = given();
    const dataKey = (id: string) => ({ id, wrapped: `wrapped-${id}`, createdAt: START });
    expect(await dataKeys.current()).toBeUndefined();
    expect(await dataKeys.replace(dataKey('a'), 'never')).toBe(false);
    const firsts = await Promise.all(['a', 'b', 'c'].map((id) => dataKeys.replace(dataKey(id), null)));
    expect(firsts.filter(Boolean)).toHaveLength(1);
    const current = (await dataKeys.current()) ?? expect.fail('no data key');
    expect(current).toEqual(dataKey(current.id));
    expect(await dataKeys.replace(dataKey('next'), current.id)).toBe(true);
    expect(await dataKeys.replace(dataKey('late'), current.id)).toBe(false);
    expect(await dataKeys.current()).toEqual(dataKey('next'));
  });
}
