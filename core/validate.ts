import type * as z from 'zod';
import { FAULTS_MAX, type InputFault, Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** The message for an unknown field. */
export const UNKNOWN_FIELD = 'Unknown field: remove it.';

function faultsOf(issue: Issue, at: string[]): InputFault[] {
  const path = [...at, ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, FAULTS_MAX).map((key) => ({ path: [...path, key].join('.'), message: UNKNOWN_FIELD }));
  }
  return [{ path: path.join('.'), message: sentenceOf(issue) }];
}

/** Turns the schema library's messages into instructions; messages of our own schemas pass unchanged. */
function sentenceOf(issue: Issue): string {
  // The issue of a key is one level below.
  const [inKey] = issue.code === 'invalid_key' ? issue.issues : [];
  if (inKey !== undefined) return sentenceOf(inKey);
  const { message } = issue;
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)/.exec(message) ?? [];
  if (expected !== undefined)
    return received === 'undefined' ? `Required: a value of type ${expected}.` : `Use a value of type ${expected}.`;
  const [, bound, limit] = /^Too (small|big): expected .*[<>]=?(\S+)/.exec(message) ?? [];
  if (bound !== undefined) return `Use ${bound === 'small' ? 'at least' : 'at most'} ${limit}.`;
  const [, options] = /^Invalid option: expected one of (.*)/.exec(message) ?? [];
  return options === undefined ? message : `Use one of ${options.replaceAll('|', ', ')}.`;
}

/** The faults of a value, up to the maximum, as problem documents report them; `at` is the path of the value itself. */
export function faultsIn(error: z.core.$ZodError, at: string[] = []): InputFault[] {
  const issues = error.issues.slice(0, FAULTS_MAX);
  return issues.flatMap((issue) => faultsOf(issue, at)).slice(0, FAULTS_MAX);
}

/**
 * Validates external input at the edge.
 * @throws Problem `invalid` naming the fields at fault.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem('invalid', `${what} is not valid: correct the fields named in errors.`, {
    faults: faultsIn(result.error),
  });
}
