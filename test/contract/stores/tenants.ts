import { expect, test } from 'vitest';
import { START } from '../../support/delivery-world.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

export function tenantRules(given: () => StoreWorld): void {
  test('a tenant is noted once, with the time of the first note', async () => {
    const { tenants } = given();
    await tenants.note({ name: 'acme', createdAt: START });
    await tenants.note({ name: 'acme', createdAt: START + 1 });
    expect(await tenants.find('acme')).toEqual({ name: 'acme', createdAt: START });
    expect(await tenants.find('acm')).toBeUndefined();
  });

  test('tenants are listed newest first, in whole pages', async () => {
    const { tenants } = given();
    const names = Array.from({ length: 25 }, (_, at) => `tenant-${String(at).padStart(2, '0')}`);
    for (const [at, name] of names.entries()) await tenants.note({ name, createdAt: START + Math.floor(at / 2) });
    const pages = await toTheEnd((after) => tenants.list(10, after));
    expect(pages.flatMap(({ items }) => items.map(({ name }) => name))).toEqual(names.toReversed());
  });
}
