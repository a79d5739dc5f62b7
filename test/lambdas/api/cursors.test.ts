import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Operation } from '../../../lambdas/api/operation.ts';
import { operations } from '../../../lambdas/api/operations.ts';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(async () => {
  world = new ApiWorld();
  for (const tenant of ['acme', 'globex']) {
    for (let count = 0; count < 3; count++) {
      const endpoint = await world.endpoint({ tenant });
      world.delivery(world.event([endpoint], { tenant }), endpoint);
      await world.post('/v1/redrives', { tenant });
      await world.post('/v1/keys', { name: 'n', role: 'viewer', tenant });
      await world.post('/v1/portal-sessions', { tenant });
    }
  }
});

/** Every list of the API that is per tenant. */
const lists = operations.filter(({ query, role }) => {
  const shape = query instanceof z.ZodObject ? query.shape : {};
  return role !== null && 'cursor' in shape && 'tenant' in shape;
});
const filtersOf = ({ query }: Operation) => (query instanceof z.ZodObject ? Object.keys(query.shape) : []);

/** The cursor after the first item of acme's list. */
async function cursorOf({ path }: Operation, query = 'tenant=acme'): Promise<string> {
  const { next } = (await world.get(`${path}?limit=1&${query}`)).list;
  return next ?? expect.fail(`There is one page of ${path}.`);
}

async function answerTo(path: string, key?: string): Promise<[number, string[]]> {
  const reply = await world.get(path, key);
  return [reply.status, reply.status === 200 ? [] : reply.faults];
}

const REFUSED = [422, ['cursor']];

describe.each(lists)('a cursor of $path', (list) => {
  it('continues its list, even with another page size', async () => {
    const cursor = await cursorOf(list);
    expect(await answerTo(`${list.path}?tenant=acme&limit=2&cursor=${cursor}`)).toEqual([200, []]);
  });

  it('is refused for another tenant, for all tenants, and by a key of another tenant', async () => {
    const cursor = await cursorOf(list);
    expect(await answerTo(`${list.path}?tenant=globex&cursor=${cursor}`)).toEqual(REFUSED);
    expect(await answerTo(`${list.path}?tenant=*&cursor=${cursor}`)).toEqual(REFUSED);
    expect(await answerTo(`${list.path}?cursor=${cursor}`, world.key({ tenant: 'globex' }))).toEqual(REFUSED);
    const ofAll = await cursorOf(list, 'tenant=*');
    expect(await answerTo(`${list.path}?cursor=${ofAll}`, world.key({ tenant: 'acme' }))).toEqual(REFUSED);
  });

  it('is refused by every other list', async () => {
    const cursor = await cursorOf(list);
    for (const other of lists.filter((one) => one !== list)) {
      expect(await answerTo(`${other.path}?tenant=acme&cursor=${cursor}`)).toEqual(REFUSED);
    }
  });

  it('is refused with another filter', async () => {
    const cursor = await cursorOf(list);
    const filters = { type: 'order.created', from: '2020-01-01T00:00:00Z', status: 'delivered' };
    for (const [name, value] of Object.entries(filters)) {
      if (!filtersOf(list).includes(name)) continue;
      expect(await answerTo(`${list.path}?tenant=acme&${name}=${value}&cursor=${cursor}`)).toEqual(REFUSED);
    }
  });

  it('is refused if it was modified anywhere', async () => {
    const cursor = await cursorOf(list);
    const bytes = Buffer.from(cursor, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await answerTo(`${list.path}?tenant=acme&cursor=${changed.toString('base64url')}`)).toEqual(REFUSED);
    }
    for (const none of ['', 'x', 'null', 'bnVsbA', '%00', cursor.slice(1), 'e30']) {
      expect(await answerTo(`${list.path}?tenant=acme&cursor=${none}`)).toEqual(REFUSED);
    }
  });
});

it('there are lists to try', () => {
  expect(lists.map(({ path }) => path)).toEqual(expect.arrayContaining(['/v1/deliveries', '/v1/events', '/v1/keys']));
});
