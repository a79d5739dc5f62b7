import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonSchema } from '../../core/event-types/event-type.ts';
import type { DataFault, Examination, SchemaExaminer } from '../../core/event-types/json-schema.ts';
import type { InputFault } from '../../core/problem.ts';
import { bounded, type Outcome } from './bounded.ts';
import { faultsOf } from './faults.ts';
import { compile, loadLibrary, type MakeCompiler } from './library.ts';

/** Time limits of examining, in ms. */
export interface ExaminerTimes {
  /** One schema with its example. */
  one: number;
  /** All schemas of a call. */
  all: number;
}

/** At a third of a core, as the functions have, the largest schemas take about a second. */
const TIMES: ExaminerTimes = { one: 2_000, all: 8_000 };

const METASCHEMA = 'https://json-schema.org/draft/2020-12/schema';
const TOO_EXPENSIVE = 'Takes too long to validate: simplify the schema (backtracking patterns, recursive schemas).';

/** Examines schemas with Ajv. */
export function createSchemaExaminer(times: ExaminerTimes = TIMES): SchemaExaminer {
  let metaschema: Ajv2020 | undefined;
  return {
    async examine(examinations) {
      const library = await loadLibrary();
      metaschema ??= library({ meta: true, allErrors: true });
      const shared = { library, metaschema };
      const until = performance.now() + times.all;
      return examinations.flatMap((one) =>
        examineOne(one, { ...shared, timeMs: Math.min(until - performance.now(), times.one) }),
      );
    },
  };
}

interface Context {
  library: MakeCompiler;
  metaschema: Ajv2020;
  timeMs: number;
}

/** Why one schema cannot be used, or its example is not valid. */
function examineOne({ schema, example, at }: Examination, { library, metaschema, timeMs }: Context): InputFault[] {
  const until = performance.now() + timeMs;
  const leftMs = () => until - performance.now();
  const wrong = metaFaults(schema, metaschema, leftMs());
  if (wrong === 'too_expensive') return [faultAt(at.schema, TOO_EXPENSIVE)];
  if (wrong.result.length > 0) {
    return wrong.result.map(({ path, message }) => faultAt([...at.schema, ...path], message));
  }
  const validator = compiled(schema, library, leftMs());
  if (validator === 'too_expensive') return [faultAt(at.schema, TOO_EXPENSIVE)];
  if ('why' in validator) return [faultAt(at.schema, `Not a usable schema: ${validator.why}.`)];
  return exampleFaults(validator.result, { example, at }, leftMs());
}

function faultAt(path: string[], message: string): InputFault {
  return { path: path.join('.'), message };
}

function metaFaults(schema: JsonSchema, metaschema: Ajv2020, timeMs: number): Outcome<DataFault[]> {
  return bounded(() => {
    return metaschema.validate(METASCHEMA, schema) === true ? [] : faultsOf(metaschema.errors);
  }, timeMs);
}

function compiled(
  schema: JsonSchema,
  library: MakeCompiler,
  timeMs: number,
): Outcome<ValidateFunction> | { why: string } {
  try {
    return compile(schema, library, { timeMs });
  } catch (fault) {
    return { why: fault instanceof Error ? fault.message.slice(0, 200) : 'it cannot be read' };
  }
}

/** Without an example, an empty object at least detects endless recursion. */
function exampleFaults(
  validate: ValidateFunction,
  { example, at }: Pick<Examination, 'example' | 'at'>,
  timeMs: number,
): InputFault[] {
  const tried = bounded(() => validate(example === undefined ? {} : example), timeMs);
  if (tried === 'too_expensive') return [faultAt(example === undefined ? at.schema : at.example, TOO_EXPENSIVE)];
  if (example === undefined || tried.result === true) return [];
  return faultsOf(validate.errors).map(({ path, message }) => faultAt([...at.example, ...path], message));
}
