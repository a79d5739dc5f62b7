import type { Clock } from '../clock.ts';
import type { InputFault } from '../problem.ts';
import { type CachedEventType, type CachedSchema, createEventTypeCache } from './event-type-cache.ts';
import type { SchemaChecker, Verdict } from './json-schema.ts';
import type { EventTypeReader } from './store.ts';

/** The part of an event that is checked against its event type. */
export interface CheckedEvent {
  type: string;
  version?: string | undefined;
  data: unknown;
}

/**
 * Returns the faults of each event by its event type, in order; paths begin at the event. An event of a type or version
 * without a schema has no faults.
 */
export type ValidateData = (events: CheckedEvent[]) => Promise<InputFault[][]>;

export interface DataValidatorPorts {
  eventTypes: EventTypeReader;
  schemas: SchemaChecker;
  clock: Clock;
}

/** The maximum number of faults reported for one event. */
const FAULTS_MAX = 20;

/** Validates events with cached event types, up to half a second old; an event is never refused by stale ones. */
export function createDataValidator({ eventTypes, schemas, clock }: DataValidatorPorts): ValidateData {
  const cache = createEventTypeCache(eventTypes, clock);

  return async (events) => {
    const { types, old } = await cache.find(events.map(({ type }) => type));
    const faults = await faultsOf(events, types, schemas);
    const again = [...events.keys()].filter((at) => faults[at]?.length !== 0 && old.has(events[at]?.type ?? ''));
    if (again.length === 0) return faults;
    const doubtful = events.filter((_, at) => again.includes(at));
    const fresh = await cache.find(
      doubtful.map(({ type }) => type),
      true,
    );
    const second = await faultsOf(doubtful, fresh.types, schemas);
    return faults.map((first, at) => (again.includes(at) ? (second[again.indexOf(at)] ?? []) : first));
  };
}

type Lookup = { fault: InputFault } | { schema: CachedSchema } | null;

async function faultsOf(
  events: CheckedEvent[],
  types: Map<string, CachedEventType | null>,
  schemas: SchemaChecker,
): Promise<InputFault[][]> {
  const lookups = events.map((event) => lookUp(event, types.get(event.type) ?? null));
  const checks = events.flatMap(({ data }, at) => {
    const lookup = lookups[at];
    return lookup && 'schema' in lookup ? [{ ...lookup.schema, data }] : [];
  });
  const verdicts = checks.length === 0 ? [] : await schemas.check(checks);
  return lookups.map((lookup) => {
    if (lookup === null) return [];
    return 'fault' in lookup ? [lookup.fault] : faultsIn(verdicts.shift() ?? 'too_expensive');
  });
}

/** The schema of an event: that of the version it names, or of the latest. */
function lookUp({ version }: CheckedEvent, type: CachedEventType | null): Lookup {
  if (type === null || type.size === 0) return null;
  const schema = version === undefined ? [...type.values()].at(-1) : type.get(version);
  if (schema === undefined) {
    const names = [...type.keys()].join(', ');
    return { fault: { path: 'version', message: `Unknown version of this event type: use one of ${names}.` } };
  }
  return schema && { schema };
}

const TOO_EXPENSIVE =
  'Validating it against its schema takes too long: send less data or fewer events at once, or simplify the schema.';

/** A refusal, not an error on our side: it names the event, follows a fresh read of its type, and no retry helps. */
const UNUSABLE =
  'The stored schema of this type and version is not a JSON Schema: replace it (PUT /v1/event-types/{name}), then send the event again.';

function faultsIn(verdict: Verdict): InputFault[] {
  if (verdict === 'too_expensive') return [{ path: 'data', message: TOO_EXPENSIVE }];
  if (verdict === 'unusable') return [{ path: 'data', message: UNUSABLE }];
  return verdict.slice(0, FAULTS_MAX).map(({ path, message }) => ({
    path: ['data', ...path].join('.'),
    message,
  }));
}
