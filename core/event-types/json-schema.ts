import type { InputFault } from '../problem.ts';
import type { JsonSchema } from './event-type.ts';

/** What is wrong with a value: where in it, and what to do. Never quotes the value. */
export interface DataFault {
  path: string[];
  message: string;
}

/** A value to be held against a schema. */
export interface DataCheck {
  schema: JsonSchema;
  /** Names the schema by its content, so that it need not be prepared again. */
  schemaHash: string;
  data: unknown;
}

/** What came of a check; `too_expensive` when it took too long or went too deep, `unusable` when the schema is no schema. */
export type Verdict = DataFault[] | 'too_expensive' | 'unusable';

/** A schema to be examined, with the example that must hold by it, and where both stand in the request. */
export interface Examination {
  schema: JsonSchema;
  example?: unknown;
  at: { schema: string[]; example: string[] };
}

/** JSON Schema 2020-12 for those who write schemas. Whatever a schema does, a call ends within its time. */
export interface SchemaExaminer {
  /** What keeps schemas from being used: they are not valid, too expensive, or their examples do not hold. */
  examine(examinations: Examination[]): Promise<InputFault[]>;
}

/** JSON Schema 2020-12 for those who send data. Whatever a schema or a value does, a call ends within its time. */
export interface SchemaChecker {
  /** Holds values against schemas that were examined before. In order. All of them share one allowance of time. */
  check(checks: DataCheck[]): Promise<Verdict[]>;
}
