import { isTooDeep } from '../json.ts';
import { type InputFault, Problem } from '../problem.ts';
import {
  EVENT_TYPE_BYTES_MAX,
  type EventType,
  type EventTypeVersion,
  type JsonSchema,
  NESTING_MAX,
  SCHEMA_BYTES_MAX,
} from './event-type.ts';
import type { GivenVersion } from './input.ts';
import type { SchemaExaminer } from './json-schema.ts';
import { schemaFaults } from './schema-rules.ts';

/** A version that is ready to be stored. */
export type NewVersion = Omit<EventTypeVersion, 'createdAt'>;

/**
 * Checks the versions of a request.
 * @param current what is stored: unchanged versions were examined before.
 * @throws Problem `invalid` naming every field at fault.
 */
export async function acceptVersions(
  given: GivenVersion[],
  description: string,
  current: EventType | undefined,
  schemas: SchemaExaminer,
): Promise<NewVersion[]> {
  refuse([...duplicates(given), ...given.flatMap(shapeFaults)]);
  const versions = given.map(newVersion);
  if (Buffer.byteLength(JSON.stringify([description, versions])) > EVENT_TYPE_BYTES_MAX) {
    const message = `All versions together may be at most ${EVENT_TYPE_BYTES_MAX / 1024} KB: remove old ones.`;
    refuse([{ path: 'versions', message }]);
  }
  const stored = new Set(current?.versions.map(contentOf));
  const examinations = versions.flatMap((version, index) => {
    const { schema } = version;
    if (schema === undefined || stored.has(contentOf(version))) return [];
    const path = given[index]?.path ?? [];
    return [{ ...version, schema, at: { schema: [...path, 'schema'], example: [...path, 'example'] } }];
  });
  refuse(await schemas.examine(examinations));
  return versions;
}

function refuse(faults: InputFault[]): void {
  if (faults.length === 0) return;
  throw new Problem('invalid', 'The event type is not valid: correct the fields named in errors.', { faults });
}

const contentOf = ({ schema, example }: Pick<EventTypeVersion, 'schema' | 'example'>) =>
  JSON.stringify([schema ?? null, example ?? null]);

function duplicates(given: GivenVersion[]): InputFault[] {
  const seen = new Set<string>();
  return given.flatMap(({ path, version }) => {
    const isDuplicate = seen.has(version);
    seen.add(version);
    return isDuplicate ? [{ path: [...path, 'version'].join('.'), message: 'Duplicate version.' }] : [];
  });
}

function shapeFaults({ path, schema, example }: GivenVersion): InputFault[] {
  const faults = [...storageFaults(schema, [...path, 'schema']), ...storageFaults(example, [...path, 'example'])];
  if (faults.length > 0 || schema === undefined) return faults;
  return schemaFaults(schema, [...path, 'schema']);
}

/** Why a value cannot be stored. The depth is checked first: a value nested too deeply cannot even be serialized. */
function storageFaults(value: unknown, path: string[]): InputFault[] {
  if (isTooDeep(value, NESTING_MAX))
    return [{ path: path.join('.'), message: `Nest it at most ${NESTING_MAX} levels deep.` }];
  if (Buffer.byteLength(JSON.stringify(value) ?? '') <= SCHEMA_BYTES_MAX) return numberFaults(value, path);
  return [{ path: path.join('.'), message: `Use at most ${SCHEMA_BYTES_MAX / 1024} KB.` }];
}

/** A number beyond JavaScript's range is read as infinite, and would be stored as null. */
function numberFaults(value: unknown, path: string[]): InputFault[] {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [{ path: path.join('.'), message: 'Use a number from -1.79e308 to 1.79e308, or leave it out.' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => numberFaults(member, [...path, name]));
}

function newVersion({ version, schema, example }: GivenVersion): NewVersion {
  return {
    version,
    ...(schema !== undefined && { schema: schemaOf(schema) }),
    ...(example !== undefined && { example }),
  };
}

function schemaOf(schema: unknown): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  if (typeof schema === 'object' && schema !== null) return { ...schema };
  throw new Error('Schemas must be validated before this.');
}
