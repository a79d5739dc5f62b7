import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../core/audit/audit.ts';
import {
  type ChangePorts,
  changeEndpoint,
  disableEndpoint,
  removeEndpoint,
  storeNewEndpoint,
} from '../../../core/endpoints/change.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

let endpoints: MemoryEndpointStore;
let subscriptions: MemorySubscriptionIndex;
let audit: MemoryAudit;
let ports: ChangePorts;
const actor: Actor = { kind: 'api_key', id: 'key_1', name: 'anna' };

beforeEach(async () => {
  audit = new MemoryAudit();
  endpoints = new MemoryEndpointStore(audit);
  subscriptions = new MemorySubscriptionIndex();
  ports = { endpoints, subscriptions, audit, clock: () => START, random: seededRandom(3) };
  await storeNewEndpoint(anEndpoint({ eventTypes: ['a', 'b'] }), actor, ports);
});

const patterns = () => [...subscriptions.entries.values()].map(({ pattern }) => pattern).sort();
const subscribe = (eventTypes: string[]) =>
  changeEndpoint('ep_1', (endpoint) => ({ ...endpoint, eventTypes }), ports, { actor });

describe('the subscription index', () => {
  it('follows the patterns of an endpoint', async () => {
    expect(patterns()).toEqual(['a', 'b']);
    await subscribe(['b', 'c']);
    expect(patterns()).toEqual(['b', 'c']);
  });

  it('is not written by any other change', async () => {
    subscriptions.put = () => Promise.reject(new Error('not needed'));
    const { after } = await changeEndpoint('ep_1', (endpoint) => ({ ...endpoint, description: 'x' }), ports, { actor });
    expect(after).toMatchObject({ description: 'x', version: 2 });
  });

  it('never lacks an entry: a crash between its writes leaves new and old ones', async () => {
    endpoints.put = () => Promise.reject(new Error('crash'));
    await expect(subscribe(['c'])).rejects.toThrow('crash');
    expect(patterns()).toEqual(['a', 'b', 'c']);
  });

  it('never lists a pattern before its entry is written', async () => {
    const { put } = subscriptions;
    subscriptions.put = async (entries) => {
      await put(entries.slice(0, 1));
      throw new Error('crash');
    };
    await expect(subscribe(['a', 'c', 'b'])).rejects.toThrow('crash');
    for (const entry of subscriptions.entries.values()) {
      const written = entry.patterns.filter((pattern) => patterns().includes(pattern));
      expect(written).toEqual(entry.patterns);
    }
    expect(patterns()).toEqual(['a', 'b', 'c']);
  });

  it('never lacks a filter: a crash between its writes leaves the old one next to the new', async () => {
    const filter = (value: string | null) =>
      changeEndpoint('ep_1', (endpoint) => ({ ...endpoint, filter: value }), ports, { actor });
    const filters = () => [...subscriptions.entries.values()].map((entry) => [entry.filter, entry.formerFilter]);
    const { put } = endpoints;
    const crash = () => Promise.reject(new Error('crash'));

    endpoints.put = crash;
    await expect(filter('data.a')).rejects.toThrow('crash');
    expect(filters()).toEqual([
      [null, undefined],
      [null, undefined],
    ]);
    endpoints.put = put;
    await filter('data.a');
    expect(filters()[0]).toEqual(['data.a', undefined]);

    endpoints.put = crash;
    await expect(filter('data.b')).rejects.toThrow('crash');
    expect(filters()[0]).toEqual(['data.b', 'data.a']);
    endpoints.put = put;
    await changeEndpoint('ep_1', (endpoint) => ({ ...endpoint }), ports, { actor, reindex: true });
    expect(filters()[0]).toEqual(['data.a', undefined]);
  });

  it('keeps the entry of a newer change even if an older one removes the same entry late', async () => {
    const remove = subscriptions.remove.bind(subscriptions);
    const late: Parameters<typeof remove>[0][] = [];
    subscriptions.remove = async (entries) => void late.push(entries);
    await subscribe(['c']);
    await subscribe(['a', 'c']);
    for (const entries of late) await remove(entries);
    expect(patterns()).toEqual(['a', 'c']);
  });

  it('matches the endpoint after concurrent changes', async () => {
    await Promise.all([subscribe(['x']), subscribe(['y', 'a']), subscribe(['z'])]);
    const { endpoint } = (await endpoints.find('ep_1')) ?? expect.fail('no endpoint');
    expect(endpoint.version).toBe(4);
    expect(patterns()).toEqual([...endpoint.eventTypes].sort());
  });

  it('is empty for a disabled endpoint, and complete again when it is active', async () => {
    await disableEndpoint(anEndpoint(), 'gone', START + 1, ports);
    expect(patterns()).toEqual([]);
    expect((await endpoints.find('ep_1'))?.endpoint).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    await changeEndpoint('ep_1', (endpoint) => ({ ...endpoint, state: 'active' }), ports, { actor });
    expect(patterns()).toEqual(['a', 'b']);
  });

  it('is empty after the endpoint was deleted', async () => {
    await removeEndpoint('ep_1', actor, ports);
    expect(patterns()).toEqual([]);
    await expect(removeEndpoint('ep_1', actor, ports)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('is eventually empty even if the first attempt to disable or delete crashed before', async () => {
    const { remove } = subscriptions;
    for (const act of [
      () => disableEndpoint(anEndpoint(), 'gone', START, ports),
      () => removeEndpoint('ep_1', actor, ports),
    ]) {
      await changeEndpoint('ep_1', (endpoint) => ({ ...endpoint, state: 'active' }), ports, { actor });
      subscriptions.remove = () => Promise.reject(new Error('crash'));
      await expect(act()).rejects.toThrow('crash');
      subscriptions.remove = remove;
      expect(patterns()).toEqual(['a', 'b']);
      await act();
      expect(patterns()).toEqual([]);
    }
    expect(endpoints.endpoints.size).toBe(0);
  });

  it('treats an endpoint as deleted if its removal took effect but the response was lost', async () => {
    const { remove } = endpoints;
    endpoints.remove = async (...call) => {
      await remove(...call);
      return remove(...call);
    };
    expect(await removeEndpoint('ep_1', actor, ports)).toMatchObject({ id: 'ep_1' });
  });

  it('tolerates that an endpoint to disable is already gone', async () => {
    await removeEndpoint('ep_1', actor, ports);
    await disableEndpoint(anEndpoint(), 'gone', START, ports);
  });
});
