import type { Clock } from '../clock.ts';
import type { InputFault } from '../problem.ts';
import { type CachedEventType, type CachedSchema, createEventTypeCache } from './event-type-cache.ts';
import type { SchemaChecker, Verdict } from './json-schema.ts';
import type { EventTypeReader } from './store.ts';

/** What of an event the catalogue has a say in. */
export interface CheckedEvent {
  type: string;
  version?: string | undefined;
  data: unknown;
}

/**
 * Tells, event by event, what the catalogue has against it; paths begin at the event. An event of a type or version
 * without a schema has no faults.
 */
export type ValidateData = (events: CheckedEvent[]) => Promise<InputFault[][]>;

export interface DataValidatorPorts {
  catalogue: EventTypeReader;
  schemas: SchemaChecker;
  clock: Clock;
}

/** Faults of one event that are told. */
const FAULTS_MAX = 20;

/** Checks events for the life of one container, over a catalogue that may be half a second old; a refusal is never old. */
export function createDataValidator({ catalogue, schemas, clock }: DataValidatorPorts): ValidateData {
  const known = createEventTypeCache(catalogue, clock);

  return async (events) => {
    const { types, old } = await known.find(events.map(({ type }) => type));
    const faults = await faultsOf(events, types, schemas);
    const again = [...events.keys()].filter((at) => faults[at]?.length !== 0 && old.has(events[at]?.type ?? ''));
    if (again.length === 0) return faults;
    const doubtful = events.filter((_, at) => again.includes(at));
    const fresh = await known.find(
      doubtful.map(({ type }) => type),
      true,
    );
    const second = await faultsOf(doubtful, fresh.types, schemas);
    return faults.map((first, at) => (again.includes(at) ? (second[again.indexOf(at)] ?? []) : first));
  };
}

type Standing = { fault: InputFault } | { schema: CachedSchema } | null;

async function faultsOf(
  events: CheckedEvent[],
  types: Map<string, CachedEventType | null>,
  schemas: SchemaChecker,
): Promise<InputFault[][]> {
  const standings = events.map((event) => standingOf(event, types.get(event.type) ?? null));
  const checks = events.flatMap(({ data }, at) => {
    const standing = standings[at];
    return standing && 'schema' in standing ? [{ ...standing.schema, data }] : [];
  });
  const verdicts = checks.length === 0 ? [] : await schemas.check(checks);
  return standings.map((standing) => {
    if (standing === null) return [];
    return 'fault' in standing ? [standing.fault] : toldOf(verdicts.shift() ?? 'too_expensive');
  });
}

/** What an event is held against: the version that it names, or the latest. */
function standingOf({ version }: CheckedEvent, type: CachedEventType | null): Standing {
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

/** A refusal, not a failure of ours: it names the event, it comes by a fresh look at the catalogue, and no repeat helps. */
const UNUSABLE =
  'The stored schema of this type and version is not a JSON Schema: replace it (PUT /v1/event-types/{name}), then send the event again.';

function toldOf(verdict: Verdict): InputFault[] {
  if (verdict === 'too_expensive') return [{ path: 'data', message: TOO_EXPENSIVE }];
  if (verdict === 'unusable') return [{ path: 'data', message: UNUSABLE }];
  return verdict.slice(0, FAULTS_MAX).map(({ path, message }) => ({
    path: ['data', ...path].join('.'),
    message,
  }));
}
