import type { DeliveryIds, DeliveryKey } from '../../core/deliveries/ledger.ts';
import type { Sought } from '../../core/fanout/unfinished.ts';
import { shardOf } from '../../core/ids.ts';

/**
 * The keys of both tables, in one place. Registry: endpoints, their health and rate, subscriptions, event types, API
 * keys, sessions, tenants, data key, settings of the portal, audit.
 * Ledger: an event's partition holds the event, its deliveries (a wide event's are spread) and their attempts, a job's the job, an
 * endpoint's statistics its hours, a shard of the counts of deaths its days;
 * `listing` lists newest first, `sparse` holds deliveries that wait, failed or have notices, unfinished events, and
 * all events and jobs across tenants.
 */

/** The sort key of single items. */
const ALONE = '-';

export const endpointKey = (id: string) => ({ pk: `ENDPOINT#${id}`, sk: ALONE });
export const healthKey = (endpointId: string) => ({ pk: `ENDPOINT#${endpointId}`, sk: 'HEALTH' });
export const rateKey = (endpointId: string) => ({ pk: `ENDPOINT#${endpointId}`, sk: 'RATE' });
export const markedHealth = (shard: number) => `MARKED#${shard}`;
export const subscriptionsOf = (tenant: string) => `SUBSCRIPTIONS#${tenant}`;
export const subscriptionName = (pattern: string, endpointId: string) => `${pattern}#${endpointId}`;
export const apiKeyKey = (hash: string) => ({ pk: `KEY#${hash}`, sk: ALONE });
/** The pointer from a key's id to its hash. */
export const apiKeyPointer = (id: string) => ({ pk: `KEYID#${id}`, sk: ALONE });
export const sessionKey = (id: string) => ({ pk: `SESSION#${id}`, sk: ALONE });
/** When all sessions of a tenant were last ended. */
export const sessionsEndedKey = (tenant: string) => ({ pk: `SESSIONSENDED#${tenant}`, sk: ALONE });
export const eventTypeKey = (name: string) => ({ pk: `EVENTTYPE#${name}`, sk: ALONE });
export const tenantKey = (name: string) => ({ pk: `TENANT#${name}`, sk: ALONE });
export const PORTAL_SETTINGS_KEY = { pk: 'PORTALSETTINGS', sk: ALONE };
export const DATA_KEY = { pk: 'DATAKEY', sk: ALONE };
export const auditKey = (object: string, id: string) => ({ pk: `AUDIT#${object}`, sk: id });

/** Lists of the registry; `registryPartitions` has the partitions of each. */
export const tenantEndpoints = (tenant: string) => `ENDPOINTS#${tenant}`;
export const tenantKeys = (tenant: string) => `KEYS#${tenant}`;
export const tenantSessions = (tenant: string) => `SESSIONS#${tenant}`;
export const tenantAudit = (tenant: string) => `AUDITS#${tenant}`;
export const ALL_ENDPOINTS = 'ENDPOINT';
export const ALL_KEYS = 'KEY';
export const ALL_SESSIONS = 'SESSION';
export const ALL_TENANTS = 'TENANT';
export const ALL_EVENT_TYPES = 'EVENTTYPE';
export const ALL_AUDIT = 'AUDIT';
/** Items with a pending audit entry. */
export const PENDING_AUDIT = 'UNSETTLED';

export const eventKey = (id: string) => ({ pk: `EVENT#${id}`, sk: 'EVENT' });
export const DELIVERY_PREFIX = 'DELIVERY#';
/** A partition takes 1,000 writes a second, so the deliveries of a wide event are spread over more of them. */
export const WIDE_PARTITIONS = 16;
export const deliveryPartition = (eventId: string, shard?: number) =>
  shard === undefined ? `EVENT#${eventId}` : `EVENT#${eventId}#${shard}`;
/** The shard of a delivery of a wide event. It must never change: the number is part of the keys of stored records. */
export const shardOfEndpoint = (endpointId: string) => shardOf(endpointId, WIDE_PARTITIONS);
export const deliveryKey = ({ eventId, endpointId, wide }: DeliveryKey) => ({
  pk: deliveryPartition(eventId, wide ? shardOfEndpoint(endpointId) : undefined),
  sk: `${DELIVERY_PREFIX}${endpointId}`,
});
/** Reads what `deliveryKey` made. */
export function readDeliveryKey({ pk, sk }: { pk: string; sk: string }): DeliveryIds & { wide: boolean } {
  const [, eventId = '', shard] = pk.split('#');
  return { eventId, endpointId: sk.slice(DELIVERY_PREFIX.length), wide: shard !== undefined };
}

/** Attempts that are kept apart from their delivery's record, in its partition, by the time of the newest. */
export const attemptsPrefix = (endpointId: string) => `ATTEMPTS#${endpointId}#`;

export const jobKey = (id: string) => ({ pk: `JOB#${id}`, sk: ALONE });

export const endpointStats = (endpointId: string) => `STATS#${endpointId}`;
/** The statistics of a tenant's endpoints, or of all. Neither `/` nor `*` occurs in an endpoint's id or a tenant's name. */
export const tenantStats = (tenant: string | null) => `STATS#/${tenant ?? '*'}`;
export const hourlyStatsKey = (partition: string, hour: number) => ({ pk: partition, sk: timed(hour) });

export const deathCountsOf = (shard: number) => `DEATHS#${shard}`;
export const deathCountsKey = (shard: number, day: number) => ({ pk: deathCountsOf(shard), sk: timed(day) });
/** What the reconciliation of dead letters remembers. */
export const RECONCILIATION = { pk: 'RECONCILIATION', sk: ALONE };

/** When the scheduled tasks last ended. */
export const TICKS = { pk: 'TICKS', sk: ALONE };

/** How far a shard of all events was searched for unfinished ones. */
export const searchKey = (shard: number, sought: Sought) => ({
  pk: sought === 'fan-outs' ? `SEARCHED#${shard}` : `SEARCHED#${sought}#${shard}`,
  sk: ALONE,
});
/** An event in the list of unfinished events. */
export const unfinishedKey = (eventId: string) => ({ pk: `EVENT#${eventId}`, sk: 'UNFINISHED' });

/** Partitions of the ledger's indexes; sharded if one tenant or endpoint could exceed 1,000 writes a second. */
export const tenantEvents = (tenant: string, shard: number) => `EVENTS#${tenant}#${shard}`;
export const allEvents = (shard: number) => `EVENTS#${shard}`;
export const unfinishedEvents = (shard: number) => `UNFINISHED#${shard}`;
export const endpointDeliveries = (endpointId: string, shard: number) => `DELIVERIES#${endpointId}#${shard}`;
export const dueDeliveries = (shard: number) => `TIME#${shard}`;
export const failedDeliveries = (shard: number) => `FAILED#${shard}`;
export const deliveriesWithNotices = (shard: number) => `NEWS#${shard}`;
export const heldDeliveries = (endpointId: string, shard: number) => `ENDPOINT#${endpointId}#${shard}`;
export const tenantJobs = (tenant: string) => `JOBS#${tenant}`;
/** Jobs across tenants: the few running ones have a partition of their own, so that the scheduled task finds them. */
export const allJobs = (kind: 'running' | 'ended') => `JOBS#${kind}`;

/** The sort key of a time-ordered index: ISO times sort chronologically. */
export const timed = (epochMs: number, ...ids: string[]) => [new Date(epochMs).toISOString(), ...ids].join('#');

/** The shard of an event, and of its deliveries in the list of their endpoint. */
export const shardOfEvent = (eventId: string, shards: number) => shardOf(eventId, shards);
/**
 * The shard of a delivery in lists across endpoints: those of one event, which may all fail together, are spread. Up to
 * version 0.1.0 it was the event's shard. What is stored there is read as well, since readers read all shards, and moves when
 * it is next written.
 */
export const shardOfDelivery = ({ eventId, endpointId }: DeliveryIds, shards: number) =>
  shardOf(eventId + endpointId, shards);

/**
 * Lists of the registry (of a kind, of a tenant, of pending audit entries) are spread over this many partitions of their
 * index by id: a partition takes 1,000 write units a second, and a change costs several. The number may change only with
 * both read.
 */
const REGISTRY_SHARDS = 8;
/** The partition that has an entry of a list of the registry. */
export const registryPartition = (list: string, id: string) => `${list}#${shardOf(id, REGISTRY_SHARDS)}`;
/**
 * All partitions of a list of the registry. Up to version 0.1.0 it was one, with the list's name. That is read for good: an
 * item moves when it is next written, which may be years later. Reading it empty takes half a read unit.
 */
export const registryPartitions = (list: string): string[] => [
  list,
  ...Array.from({ length: REGISTRY_SHARDS }, (_, shard) => `${list}#${shard}`),
];

/** A key as DynamoDB's attributes. */
export const keyAttributes = ({ pk, sk }: { pk: string; sk: string }) => ({ pk: { S: pk }, sk: { S: sk } });
