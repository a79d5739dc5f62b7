import type { ValidateFunction } from 'ajv/dist/2020.js';
import { BoundedMap } from '../../core/cache.ts';
import type { JsonSchema } from '../../core/event-types/event-type.ts';
import type { DataCheck } from '../../core/event-types/json-schema.ts';
import { Problem } from '../../core/problem.ts';
import type { Outcome } from './bounded.ts';
import { compile, loadLibrary, type MakeCompiler } from './library.ts';

/** A compiled schema, cached by its content. */
export interface Prepared {
  /** Stops at the first fault. Undefined if the library does not accept the schema. */
  verdict: ValidateFunction | undefined;
  /** Finds all faults. Compiled when the first invalid value arrives. */
  details?: ValidateFunction;
  /** Of the schema's text. */
  characters: number;
}

/** Maximum cached schemas, and their characters in total. */
const PREPARED_MAX = 200;
const CHARACTERS_MAX = 8 * 1024 * 1024;

/**
 * @param timeMs for all schemas of one call.
 * @returns a function that compiles the schemas of checks, in order.
 * @throws Problem `unavailable` when time ran out: compiled schemas stay cached, so the next try needs less.
 */
export function createPreparer(timeMs: number): (checks: DataCheck[]) => Promise<Prepared[]> {
  const cache = new BoundedMap<Prepared>({
    entriesMax: PREPARED_MAX,
    weightMax: CHARACTERS_MAX,
    weigh: ({ characters }) => characters,
  });

  return async (checks) => {
    const library = await loadLibrary();
    const until = performance.now() + timeMs;
    return checks.map(({ schema, schemaHash }) => {
      const cached = cache.get(schemaHash);
      if (cached) return cached;
      const outcome = verdictBy(schema, library, until - performance.now());
      if (outcome === 'too_expensive') throw notReady();
      const prepared = { verdict: outcome.result, characters: JSON.stringify(schema).length };
      cache.set(schemaHash, prepared);
      return prepared;
    });
  };
}

/** Schemas were examined before they were stored, but by rules that may have let an invalid one through. */
function verdictBy(schema: JsonSchema, library: MakeCompiler, timeMs: number): Outcome<ValidateFunction | undefined> {
  try {
    return compile(schema, library, { timeMs });
  } catch {
    return { result: undefined };
  }
}

function notReady(): Problem {
  return new Problem('unavailable', 'The schemas of these events are being prepared: send them again.', {
    retryAfterSeconds: 1,
  });
}
