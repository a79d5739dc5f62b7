import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { DAY_MS } from '../../core/durations.ts';
import { SESSION_LIFE_MS, type Session, storedSession } from '../../core/sessions/session.ts';
import type { SessionReader, SessionStore } from '../../core/sessions/store.ts';
import { auditAttributes, auditOf, isTombstone, tombstone } from './audit.ts';
import { batchGet, conditionally, type Item, type RegistryOptions, readDocument } from './client.ts';
import {
  ALL_SESSIONS,
  keyAttributes,
  registryPartition,
  sessionKey,
  sessionsEndedKey,
  tenantSessions,
} from './keys.ts';
import { listRegistry } from './registry-lists.ts';

/** When all sessions of a tenant were last ended, as stored. */
const storedEnding = z.object({ tenant: z.string(), endedAt: z.number() });

/** TTL deletes an item this long after it is of no more use: its last audit entry was copied by then. */
const GRACE_MS = DAY_MS;

const expiryAfter = (epochMs: number) => ({ N: String(Math.ceil((epochMs + GRACE_MS) / 1000)) });

/** The sessions in the registry, as authentication reads them. */
export function createSessionReader({ client, table, wait }: RegistryOptions): SessionReader {
  return {
    async find(id) {
      const Key = keyAttributes(sessionKey(id));
      const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      const session = item && readSessionItem(item);
      return item && session && { session, ...auditOf(item) };
    },

    async endings(tenants) {
      const keys = tenants.map((tenant) => ({ table, ...sessionsEndedKey(tenant) }));
      const found = (await batchGet(client, keys, wait)).map(({ item }) => readDocument(item, 'doc', storedEnding));
      return new Map(found.map(({ tenant, endedAt }) => [tenant, endedAt]));
    },
  };
}

/** The sessions in the registry. */
export function createSessionStore(options: RegistryOptions): SessionStore {
  const { client, table } = options;

  function write(item: Item, expected: string | undefined): Promise<boolean> {
    const put = new PutItemCommand({
      TableName: table,
      Item: item,
      ...(expected === undefined
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : { ConditionExpression: 'audit_sk = :expected', ExpressionAttributeValues: { ':expected': { S: expected } } }),
    });
    return conditionally(client.send(put));
  }

  return {
    ...createSessionReader(options),

    put: (session, expected, entry) => write({ ...sessionItem(session), ...auditAttributes(entry) }, expected),

    remove: ({ id }, expected, entry) => write(tombstone(sessionKey(id), entry), expected),

    list(tenant, limit, after) {
      const ofTenant = tenant === null ? null : tenantSessions(tenant);
      return listRegistry({ client, table, all: ALL_SESSIONS, ofTenant, limit, after, read: readSessionItem });
    },

    async ending(tenant) {
      const Key = keyAttributes(sessionsEndedKey(tenant));
      const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      if (item === undefined) return { endedAt: undefined };
      return { endedAt: readDocument(item, 'doc', storedEnding).endedAt, ...auditOf(item) };
    },

    putEnding: (tenant, endedAt, expected, entry) =>
      write(
        {
          ...keyAttributes(sessionsEndedKey(tenant)),
          // By then, every session that it ended would have ended by itself.
          expires_at: expiryAfter(endedAt + SESSION_LIFE_MS.most),
          doc: { S: JSON.stringify({ tenant, endedAt } satisfies z.output<typeof storedEnding>) },
          ...auditAttributes(entry),
        },
        expected,
      ),
  };
}

function sessionItem(session: Session): Item {
  const { id, tenant, expiresAt } = session;
  return {
    ...keyAttributes(sessionKey(id)),
    kind_pk: { S: registryPartition(ALL_SESSIONS, id) },
    list_sk: { S: id },
    ...(tenant !== null && { tenant_pk: { S: registryPartition(tenantSessions(tenant), id) } }),
    expires_at: expiryAfter(expiresAt),
    doc: { S: JSON.stringify(session) },
  };
}

/** Reads an item that this product wrote; undefined for a tombstone. */
function readSessionItem(item: Item): Session | undefined {
  return isTombstone(item) ? undefined : readDocument(item, 'doc', storedSession);
}
