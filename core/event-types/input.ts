import * as z from 'zod';
import { VERSIONS_MAX } from './event-type.ts';

const versionName = z.string().min(1, 'Use 1 to 32 characters.').max(32, 'Use at most 32 characters.');

const content = {
  schema: z
    .unknown()
    .optional()
    .meta({
      type: ['object', 'boolean', 'null'],
      additionalProperties: true,
      description: 'A JSON Schema (2020-12) of `data`. Absent or null accepts any data.',
    }),
  example: z.unknown().optional().meta({ description: 'Sample data. It must be valid against the schema.' }),
};

const version = z.strictObject({ version: versionName, ...content });

const GROUP = 'Use 1 to 64 printable characters, or null.';

/** The fields of the short form, which replace `versions`. */
const SHORT = ['version', 'schema', 'example'] as const;

/** A JSON Schema that matches objects with these members. */
const has = (...names: string[]) => ({
  required: names,
  properties: Object.fromEntries(names.map((name) => [name, {}])),
});

/** The body of PUT: a list of versions, or one version's fields beside the description. */
export const eventTypeInput = z
  .strictObject({
    description: z.string().max(1024, 'Use at most 1,024 characters.').default(''),
    group: z
      .string()
      .min(1, GROUP)
      .max(64, GROUP)
      .regex(/^\P{C}*$/u, 'Use printable characters only.')
      .nullable()
      .default(null)
      .meta({ description: 'Where a catalogue shows it, such as `Orders`.' }),
    deprecated: z.boolean().default(false).meta({
      description: 'Says to receivers that it will end. Events of it are accepted and delivered all the same.',
    }),
    versions: z
      .array(version)
      .max(VERSIONS_MAX, `Use at most ${VERSIONS_MAX} versions.`)
      .optional()
      .meta({ description: 'Oldest first. Events without a version are validated against the last.' }),
    version: versionName.optional().meta({ description: 'Instead of `versions`, for a type with one version.' }),
    ...content,
  })
  .superRefine(({ versions, ...short }, context) => {
    if (versions === undefined) return;
    for (const name of SHORT) {
      if (short[name] === undefined) continue;
      context.addIssue({ code: 'custom', path: [name], message: 'Set it within versions, or omit versions.' });
    }
  })
  .meta({ not: { anyOf: SHORT.map((name) => has('versions', name)) } });

export type EventTypeInput = z.output<typeof eventTypeInput>;

/** A version in a request, with its path there. */
export interface GivenVersion {
  path: string[];
  version: string;
  schema: unknown;
  example: unknown;
}

const DEFAULT_VERSION = '1';

/** The versions of a request, in either form. A null counts as omitted. */
export function versionsOf({ versions, version: name, schema, example }: EventTypeInput): GivenVersion[] {
  if (versions !== undefined) {
    return versions.map((one, index) => ({
      path: ['versions', String(index)],
      version: one.version,
      schema: one.schema ?? undefined,
      example: one.example ?? undefined,
    }));
  }
  const isGiven = name !== undefined || (schema ?? example ?? undefined) !== undefined;
  if (!isGiven) return [];
  return [{ path: [], version: name ?? DEFAULT_VERSION, schema: schema ?? undefined, example: example ?? undefined }];
}
