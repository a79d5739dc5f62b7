import { expect } from 'vitest';
import * as z from 'zod';
import type { Answer } from './api.ts';

const problem = z.strictObject({
  type: z.string().min(1),
  title: z.string().min(1),
  status: z.number(),
  detail: z.string().min(1),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string().min(1) })).optional(),
});

/** Checks that a response is a problem document (RFC 9457) that names these fields. */
export function expectProblem(
  { status, headers, text }: Answer,
  expected: number,
  paths: readonly string[] = [],
): void {
  expect(status, text).toBe(expected);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const document = problem.parse(JSON.parse(text));
  expect(document.status).toBe(expected);
  const named = new Set((document.errors ?? []).map(({ path }) => path));
  expect(named).toEqual(new Set(paths));
}
