import {
  type Actor,
  type AuditTrail,
  auditEntry,
  differences,
  flushPendingEntry,
  type Snapshot,
} from '../audit/audit.ts';
import { type Clock, isoTime, type Wait } from '../clock.ts';
import { type Change, compareAndSet, USER_TRIES } from '../compare-and-set.ts';
import { type InputFault, Problem } from '../problem.ts';
import type { Random } from '../random.ts';
import { contentHash, type EventType, type EventTypeVersion } from './event-type.ts';
import { CACHE_MS } from './event-type-cache.ts';
import { type EventTypeInput, versionsOf } from './input.ts';
import type { SchemaExaminer } from './json-schema.ts';
import { isReservedType, RESERVED_TYPES } from './name.ts';
import type { EventTypeStore, StoredEventType } from './store.ts';
import { acceptVersions, type NewVersion } from './versions.ts';

export interface EventTypePorts {
  eventTypes: EventTypeStore;
  schemas: SchemaExaminer;
  audit: AuditTrail;
  clock: Clock;
  wait: Wait;
  random: Random;
}

/**
 * Creates an event type, or replaces the one of that name. An existing version keeps its creation time. The change
 * takes effect before this returns: no event sent afterwards is checked against the old one.
 * @throws Problem `invalid` naming the fields at fault, `conflict` when concurrent changes keep winning.
 */
export async function putEventType(
  name: string,
  input: EventTypeInput,
  actor: Actor,
  ports: EventTypePorts,
): Promise<{ eventType: EventType; created: boolean }> {
  refuseReserved(name);
  const first = (await ports.eventTypes.find(name)).eventType;
  const { description, group, deprecated } = input;
  const versions = await acceptVersions(versionsOf(input), description, first, ports.schemas);
  const stored = await storeEventType({ name, description, group, deprecated, versions }, actor, ports);
  // Also if nothing changed: it may repeat a request that changed it a moment ago.
  await ports.wait(CACHE_MS);
  return stored;
}

/** What a request says of an event type. */
interface Content extends Pick<EventType, 'description' | 'group' | 'deprecated'> {
  versions: NewVersion[];
}

async function storeEventType(
  { name, ...content }: Content & { name: string },
  actor: Actor,
  ports: EventTypePorts,
): Promise<{ eventType: EventType; created: boolean }> {
  return changeStored(name, ports, (stored) => {
    const { eventType: before } = stored;
    const created = before === undefined;
    const after = updatedType(name, before, content, ports.clock());
    if (before !== undefined && isSame(before, after)) return { result: { eventType: before, created } };
    const entry = entryOf(before, after, actor, ports);
    return {
      result: { eventType: after, created },
      async write() {
        await flushPendingEntry(stored, ports.audit);
        return ports.eventTypes.put(after, stored.changeId, entry);
      },
      ours: ({ eventType, changeId }) => (eventType && changeId === entry.id ? { eventType, created } : undefined),
    };
  });
}

/** Removes an event type: afterwards its events are no longer checked. @throws Problem `not_found`, `conflict`. */
export async function deleteEventType(name: string, actor: Actor, ports: EventTypePorts): Promise<void> {
  await removeEventType(name, actor, ports);
  await ports.wait(CACHE_MS);
}

async function removeEventType(name: string, actor: Actor, ports: EventTypePorts): Promise<void> {
  await changeStored(name, ports, (stored) => {
    const { eventType, changeId } = stored;
    if (eventType === undefined || changeId === undefined) throw unknownEventType();
    const entry = entryOf(eventType, undefined, actor, ports);
    return {
      result: eventType,
      async write() {
        await flushPendingEntry(stored, ports.audit);
        return ports.eventTypes.remove(name, changeId, entry);
      },
      // Gone although our removal was refused: an earlier response was lost, or another request removed it.
      ours: (now) => (now.eventType === undefined ? eventType : undefined),
    };
  });
}

async function changeStored<Result>(
  name: string,
  { eventTypes }: EventTypePorts,
  change: (stored: StoredEventType) => Change<StoredEventType, Result>,
): Promise<Result> {
  const read = () => eventTypes.find(name);
  return compareAndSet({ known: await read(), read, change, tries: USER_TRIES, exhausted: busy });
}

/** The problem of an unknown event type. */
export function unknownEventType(): Problem {
  return new Problem('not_found', 'There is no event type with this name.');
}

function busy(): Problem {
  return new Problem('conflict', 'The event type is being changed concurrently: read it and try again.');
}

function refuseReserved(name: string): void {
  if (!isReservedType(name)) return;
  const faults: InputFault[] = [{ path: 'name', message: RESERVED_TYPES }];
  throw new Problem('invalid', 'The name of the event type is not valid.', { faults });
}

function updatedType(
  name: string,
  before: EventType | undefined,
  { versions, ...content }: Content,
  now: number,
): EventType {
  const times = new Map(before?.versions.map(({ version, createdAt }) => [version, createdAt]));
  return {
    name,
    ...content,
    versions: versions.map((one) => ({ ...one, createdAt: times.get(one.version) ?? now })),
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
}

function isSame(before: EventType, after: EventType): boolean {
  const content = ({ description, group, deprecated, versions }: EventType) =>
    JSON.stringify([description, group, deprecated, versions.map(versionContent)]);
  return content(before) === content(after);
}

const versionContent = ({ version, schema, example }: EventTypeVersion) => [version, schema ?? null, example ?? null];

/**
 * An event type as the audit trail shows it: content by its SHA-256, since an entry is part of the item and must stay
 * small.
 */
function snapshot({ description, group, deprecated, versions }: EventType): Snapshot {
  return {
    description,
    group,
    deprecated,
    versions: versions.map(({ version, schema, example, createdAt }) => ({
      version,
      schema_sha256: schema === undefined ? null : contentHash(schema),
      example_sha256: example === undefined ? null : contentHash(example),
      created_at: isoTime(createdAt),
    })),
  };
}

function entryOf(before: EventType | undefined, after: EventType | undefined, actor: Actor, ports: EventTypePorts) {
  const [old, next] = [before && snapshot(before), after && snapshot(after)];
  const name = (after ?? before)?.name ?? '';
  const action = old === undefined ? 'created' : next === undefined ? 'deleted' : 'updated';
  const change = old && next ? differences(old, next) : { before: old ?? null, after: next ?? null };
  return auditEntry({ actor, action: `event_type.${action}`, object: name, tenant: null, ...change }, ports);
}
