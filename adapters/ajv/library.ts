import type { Ajv2020, Options, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../core/event-types/event-type.ts';
import { bounded, type Outcome } from './bounded.ts';
import { parse, resolve, serialize } from './uri.ts';

/** As JSON Schema says, nothing more: `format` is an annotation, what is unknown is ignored, nothing is fetched. */
const OPTIONS: Options = {
  strict: false,
  validateFormats: false,
  // A name such as "constructor" is present only where the data has it.
  ownProperties: true,
  // Schemas are held against the metaschema once, when they are examined.
  meta: false,
  validateSchema: false,
  // Copying what is referred to into its place grows without bound, and optimising takes longer than it saves.
  inlineRefs: false,
  code: { optimize: false },
  // Its own library for this is large, and aliased away in bundles.
  uriResolver: { parse, resolve, serialize },
  logger: false,
};

/** Makes a compiler: one for each schema, so that no two schemas' ids can meet. */
export type MakeCompiler = (options?: Options) => Ajv2020;

let loaded: MakeCompiler | undefined;

/**
 * Loads the library when the first schema is met: a function whose catalogue is empty never pays for it.
 */
export async function loadLibrary(): Promise<MakeCompiler> {
  if (loaded) return loaded;
  const { Ajv2020: Library } = await import('ajv/dist/2020.js');
  loaded = (options) => new Library({ ...OPTIONS, ...options });
  return loaded;
}

/** Makes a schema ready. @throws what the library has against it. */
export function compile(
  schema: JsonSchema,
  make: MakeCompiler,
  { timeMs, allErrors = false }: { timeMs: number; allErrors?: boolean },
): Outcome<ValidateFunction> {
  return bounded(() => make({ allErrors }).compile(schema), timeMs);
}
