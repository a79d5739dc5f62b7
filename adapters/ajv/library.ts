import type { Ajv2020, Options, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../core/event-types/event-type.ts';
import { bounded, type Outcome } from './bounded.ts';
import { parse, resolve, serialize } from './uri.ts';

/** Plain JSON Schema: `format` is an annotation, unknown keywords are ignored, nothing is fetched. */
const OPTIONS: Options = {
  strict: false,
  validateFormats: false,
  // A name such as "constructor" is present only if the data has it.
  ownProperties: true,
  // Schemas are validated against the metaschema once, when they are examined.
  meta: false,
  validateSchema: false,
  // Inlining references can grow without bound, and optimising takes longer than it saves.
  inlineRefs: false,
  code: { optimize: false },
  // Ajv's own library for this is large, and aliased away in bundles.
  uriResolver: { parse, resolve, serialize },
  logger: false,
};

/** Makes a compiler: one for each schema, so that the ids of two schemas cannot clash. */
export type MakeCompiler = (options?: Options) => Ajv2020;

let loaded: MakeCompiler | undefined;

/** Loads the library with the first schema: a function without schemas never pays for it. */
export async function loadLibrary(): Promise<MakeCompiler> {
  if (loaded) return loaded;
  const { Ajv2020: Library } = await import('ajv/dist/2020.js');
  loaded = (options) => new Library({ ...OPTIONS, ...options });
  return loaded;
}

/** Compiles a schema. @throws the library's error if it cannot. */
export function compile(
  schema: JsonSchema,
  make: MakeCompiler,
  { timeMs, allErrors = false }: { timeMs: number; allErrors?: boolean },
): Outcome<ValidateFunction> {
  return bounded(() => make({ allErrors }).compile(schema), timeMs);
}
