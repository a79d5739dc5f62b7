import type { EndedAs } from '../../core/deliveries/work-lists.ts';
import { type StoreWorld, toTheEnd } from '../contract/stores/world.ts';
import { START } from '../support/delivery-world.ts';
import { ENDPOINT_ID } from './items.ts';

const OPEN = { from: null, to: null };

type Lists = (world: StoreWorld) => Promise<unknown[][]>;

const ofEndpoint: Lists = ({ endpoints }) => pagesOf(endpoints.list('acme', 10, null), endpoints.list(null, 10, null));
const ofKey: Lists = ({ keys }) => pagesOf(keys.list('acme', 10, null), keys.list(null, 10, null));
const ofDeadWithNotice: Lists = async (world) => [
  ...(await inShards(world, (shard) => allEnded(world, shard, 'dead'))),
  ...(await inShards(world, (shard) => world.ended.withNotices(shard, null, 10))),
  (await world.lists.ofEndpoint(ENDPOINT_ID, OPEN, null, 10)).found,
];

/** Every list that a stored thing is in, by the file's name. Each finds it once, whatever keys its version gave it. */
export const LISTED: Readonly<Record<string, Lists>> = {
  endpoint: ofEndpoint,
  'endpoint-of-fewer-fields': ofEndpoint,
  'endpoint-changed': async (world) => [...(await ofEndpoint(world)), (await world.audit.list(OPEN, null, 10)).found],
  'endpoint-deleted': async ({ audit }) => [(await audit.list(OPEN, null, 10)).found],
  'event-type': ({ eventTypes }) => pagesOf(eventTypes.list(10, null)),
  'api-key': ofKey,
  'api-key-without-a-pointer': ofKey,
  'api-key-of-all-tenants': ({ keys }) => pagesOf(keys.list(null, 10, null)),
  session: ({ sessions }) => pagesOf(sessions.list('acme', 10, null), sessions.list(null, 10, null)),
  'session-of-an-operator': ({ sessions }) => pagesOf(sessions.list(null, 10, null)),
  'session-ended': async ({ audit }) => [(await audit.list(OPEN, null, 10)).found],
  'audit-entry': async ({ audit }) => [
    (await audit.ofObject(ENDPOINT_ID, OPEN, null, 10)).found,
    (await audit.ofTenant('acme', OPEN, null, 10)).found,
    (await audit.ofTenant(null, OPEN, null, 10)).found,
  ],
  'delivery-held': (world) => inShards(world, (shard) => world.waitingRoom.held(ENDPOINT_ID, shard, 10, START + 1)),
  'delivery-dead': ofDeadWithNotice,
  'delivery-dead-without-a-reason': ofDeadWithNotice,
  'delivery-discarded': (world) => inShards(world, (shard) => allEnded(world, shard, 'discarded')),
};

async function pagesOf(...pages: Promise<{ items: unknown[] }>[]): Promise<unknown[][]> {
  return (await Promise.all(pages)).map(({ items }) => items);
}

async function allEnded({ ended }: StoreWorld, shard: number, how: EndedAs) {
  const pages = await toTheEnd((after) => ended.ended(shard, how, OPEN, after, 10));
  return { keys: pages.flatMap(({ keys }) => keys) };
}

/** One list of what all shards have. */
async function inShards(world: StoreWorld, read: (shard: number) => Promise<{ keys: unknown[] }>) {
  const shards = Array.from({ length: world.waitingShards }, (_, shard) => read(shard));
  return [(await Promise.all(shards)).flatMap(({ keys }) => keys)];
}
