import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../core/event-types/event-type.ts';
import type { DataCheck } from '../../core/event-types/json-schema.ts';
import { Problem } from '../../core/problem.ts';
import type { Outcome } from './bounded.ts';
import { compile, loadLibrary, type MakeCompiler } from './library.ts';

/** A schema made ready, kept by its content. */
export interface Prepared {
  /** Stops at the first fault. Undefined where the library does not take the schema. */
  verdict: ValidateFunction | undefined;
  /** Finds them all. Made when a value is first at fault. */
  details?: ValidateFunction;
}

/** Schemas that are kept ready, and the characters of their text in all. */
const PREPARED_MAX = 200;
const CHARACTERS_MAX = 8 * 1024 * 1024;

/**
 * @param timeMs for all schemas of one call.
 * @returns what makes the schemas of checks ready, in order.
 * @throws Problem `unavailable` when the time did not do: what is ready stays so, and the next try needs less.
 */
export function createPreparer(timeMs: number): (checks: DataCheck[]) => Promise<Prepared[]> {
  const kept = new Map<string, Prepared>();
  let characters = 0;

  function keep(hash: string, one: Prepared, size: number): Prepared {
    if (kept.size >= PREPARED_MAX || characters + size > CHARACTERS_MAX) {
      kept.clear();
      characters = 0;
    }
    kept.set(hash, one);
    characters += size;
    return one;
  }

  return async (checks) => {
    const library = await loadLibrary();
    const until = performance.now() + timeMs;
    return checks.map(({ schema, schemaHash }) => {
      const known = kept.get(schemaHash);
      if (known) return known;
      const outcome = verdictBy(schema, library, until - performance.now());
      if (outcome === 'too_expensive') throw notReady();
      return keep(schemaHash, { verdict: outcome.result }, JSON.stringify(schema).length);
    });
  };
}

/** Schemas were examined before they were stored; yet by a rule that was wrong then, one may be no schema. */
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
