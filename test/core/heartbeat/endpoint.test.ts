import { expect, it } from 'vitest';
import type { EndpointStore } from '../../../core/endpoints/store.ts';
import { HEARTBEAT_ENDPOINT_ID, keepHeartbeatEndpoint } from '../../../core/heartbeat/endpoint.ts';
import { createHeartbeatSecret } from '../../../core/heartbeat/receive.ts';
import { idPattern } from '../../../core/ids.ts';
import { createSecretOpener } from '../../../core/secrets/vault.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { HeartbeatWorld, URL } from './heartbeat-world.ts';

const keep = (world: HeartbeatWorld, url = URL) => keepHeartbeatEndpoint(url, world.ports.endpoint);
const stored = (world: HeartbeatWorld) => world.endpoints.endpoints.get(HEARTBEAT_ENDPOINT_ID);
const indexed = (world: HeartbeatWorld) => world.subscriptions.all(HEARTBEAT_TENANT);
const secretOf = (world: HeartbeatWorld) =>
  createHeartbeatSecret({ ...world, opener: createSecretOpener(world.keys, world.clock) });

it('is created when it is missing, with a secret of its own and no limits', async () => {
  const world = new HeartbeatWorld();

  await keep(world);

  expect(stored(world)).toMatchObject({ tenant: HEARTBEAT_TENANT, url: URL, rateLimitPerSecond: null, version: 1 });
  expect(HEARTBEAT_ENDPOINT_ID).toMatch(idPattern('ep'));
  expect(await indexed(world)).toMatchObject([{ endpointId: HEARTBEAT_ENDPOINT_ID, pattern: 'postrider_heartbeat' }]);
  expect(await secretOf(world)()).toMatch(/^whsec_/);
});

it('stays as it is as long as nothing differs', async () => {
  const world = new HeartbeatWorld();
  await keep(world);
  const first = structuredClone(stored(world));

  await keep(world);

  expect(stored(world)).toEqual(first);
});

it('is one with one secret if two runs create it at once', async () => {
  const world = new HeartbeatWorld();

  await Promise.all([keep(world), keep(world), keep(world)]);

  expect(stored(world)?.version).toBe(1);
  expect(await indexed(world)).toHaveLength(1);
  expect(await secretOf(world)()).toMatch(/^whsec_/);
});

it('is completed by the next run if one ended half-way', async () => {
  const world = new HeartbeatWorld();
  const lost: EndpointStore['put'] = async () => {
    throw new Error('The function ended.');
  };
  const { endpoint } = world.ports;
  const failing = { ...endpoint, endpoints: { ...endpoint.endpoints, find: endpoint.endpoints.find, put: lost } };
  await expect(keepHeartbeatEndpoint(URL, failing)).rejects.toThrow('ended');
  expect(stored(world)).toBeUndefined();

  await keep(world);

  expect([stored(world)?.url, (await indexed(world))?.length]).toEqual([URL, 1]);
});

it('follows the URL of the API, with the same secret', async () => {
  const world = new HeartbeatWorld();
  await keep(world);
  const secret = await secretOf(world)();

  await keep(world, 'https://other.example.com/heartbeat');

  expect(stored(world)).toMatchObject({ url: 'https://other.example.com/heartbeat', version: 2 });
  expect(await secretOf(world)()).toBe(secret);
});

it('is active again at the next run, whoever disabled it', async () => {
  const world = new HeartbeatWorld();
  await keep(world);
  const endpoint = stored(world);
  if (endpoint === undefined) throw new Error('It was not created.');
  await world.endpoints.put({ ...endpoint, state: 'disabled', disabledReason: 'failing', version: 2 }, 1, null);

  await keep(world);

  expect(stored(world)).toMatchObject({ state: 'active', disabledReason: null });
});

it('is read once a minute by whoever checks signatures', async () => {
  const world = new HeartbeatWorld();
  await keep(world);
  let reads = 0;
  const find: EndpointStore['find'] = (id) => {
    reads += 1;
    return world.endpoints.find(id);
  };
  const opener = createSecretOpener(world.keys, world.clock);
  const secret = createHeartbeatSecret({ endpoints: { find }, opener, clock: world.clock });

  for (let at = 0; at < 5; at++) await secret();
  expect(reads).toBe(1);
  world.now += 60_001;
  await secret();
  expect(reads).toBe(2);
});
