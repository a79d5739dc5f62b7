import type { InputFault } from '../problem.ts';
import type { JsonSchema } from './event-type.ts';

/** A fault of a value: its path, and what to do. Never quotes the value. */
export interface DataFault {
  path: string[];
  message: string;
}

/** A value to validate against a schema. */
export interface DataCheck {
  schema: JsonSchema;
  /** The hash of the schema, so that it need not be compiled again. */
  schemaHash: string;
  data: unknown;
}

/**
 * The result of a check; `too_expensive` if it took too long or went too deep, `unusable` if the schema is not a
 * schema.
 */
export type Verdict = DataFault[] | 'too_expensive' | 'unusable';

/** A schema to examine, with the example that must be valid against it, and the paths of both in the request. */
export interface Examination {
  schema: JsonSchema;
  example?: unknown;
  at: { schema: string[]; example: string[] };
}

/** JSON Schema 2020-12 for new schemas. Whatever a schema does, a call ends within its time limit. */
export interface SchemaExaminer {
  /** Why schemas cannot be used: they are invalid or too expensive, or their examples do not match. */
  examine(examinations: Examination[]): Promise<InputFault[]>;
}

/** JSON Schema 2020-12 for data. Whatever a schema or a value does, a call ends within its time limit. */
export interface SchemaChecker {
  /**
   * Validates values against schemas that were examined before. Verdicts are in order; all checks share one time limit.
   */
  check(checks: DataCheck[]): Promise<Verdict[]>;
}
