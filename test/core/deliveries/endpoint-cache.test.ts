import { beforeEach, describe, expect, it } from 'vitest';
import { createEndpointCache, type EndpointCache } from '../../../core/deliveries/endpoint-cache.ts';
import type { DeliveryKey, Loaded } from '../../../core/deliveries/ledger.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';

let now: number;
let cache: EndpointCache;
/** The endpoints that each read of the ledger asked for. */
let asked: string[][];
beforeEach(() => {
  now = START;
  asked = [];
  cache = createEndpointCache(() => now);
});

/** Every endpoint exists, unless its name says that it is gone. */
const ledger = {
  async load(_: DeliveryKey[], endpointIds: string[]): Promise<Loaded> {
    asked.push(endpointIds);
    const known = endpointIds.filter((id) => !id.startsWith('gone'));
    const endpoints = known.map((id) => [id, { endpoint: anEndpoint({ id }), health: freshHealth(id) }] as const);
    return { records: new Map(), endpoints: new Map(endpoints) };
  },
};

const load = async (...endpointIds: string[]) =>
  (
    await cache.load(
      endpointIds.map((endpointId) => ({ eventId: 'evt_1', endpointId })),
      ledger,
    )
  ).endpoints;

describe('the endpoint of a delivery', () => {
  it('is read once in 5 s, however many deliveries it has', async () => {
    expect([...(await load('ep_1', 'ep_1')).keys()]).toEqual(['ep_1']);
    now += 4_999;
    expect([...(await load('ep_1', 'ep_2')).keys()]).toEqual(['ep_2', 'ep_1']);
    now += 1;
    await load('ep_1', 'ep_2');
    expect(asked).toEqual([['ep_1'], ['ep_2'], ['ep_1']]);
  });

  it('that was deleted is not read again either', async () => {
    expect((await load('gone')).size).toBe(0);
    expect((await load('gone')).size).toBe(0);
    expect(asked).toEqual([['gone'], []]);
  });

  it('is found although those of the same batch fill the cache', async () => {
    await load('ep_known');
    const others = Array.from({ length: 10_000 }, (_, at) => `ep_${at}`);
    const endpoints = await load('ep_known', ...others);
    expect(endpoints.size).toBe(10_001);
    expect(endpoints.get('ep_known')?.endpoint.id).toBe('ep_known');
  });

  it('has the health that was written since, and never an older one', async () => {
    await load('ep_1');
    const written = { ...freshHealth('ep_1'), consecutiveFailures: 3, revision: 2 };
    cache.noteHealth(written);
    cache.noteHealth({ ...written, consecutiveFailures: 1, revision: 1 });
    expect((await load('ep_1')).get('ep_1')?.health).toEqual(written);
    now += 5_000;
    expect((await load('ep_1')).get('ep_1')?.health).toEqual(freshHealth('ep_1'));
  });

  it('has the health that is written while its batch is read', async () => {
    await load('ep_1');
    const written = { ...freshHealth('ep_1'), revision: 1 };
    const slow = {
      load: (...what: Parameters<typeof ledger.load>) => {
        cache.noteHealth(written);
        return ledger.load(...what);
      },
    };
    const { endpoints } = await cache.load([{ eventId: 'evt_1', endpointId: 'ep_1' }], slow);
    expect(endpoints.get('ep_1')?.health).toEqual(written);
  });
});
