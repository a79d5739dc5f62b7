import type { components } from './schema.d.ts';

/** A problem document (RFC 9457): `errors` lists the invalid fields. */
export type Problem = components['schemas']['Problem'];

/** An error response. Its message says what to do. */
export class ApiError extends Error {
  readonly status: number;
  /** Undefined if API Gateway itself refused, in its own format. */
  readonly problem: Problem | undefined;
  readonly response: Response;

  constructor(response: Response, error: unknown) {
    const problem = isProblem(error) ? error : undefined;
    const what = problem ? sentenceOf(problem) : JSON.stringify(error);
    super(`Answered ${response.status} by ${response.url || 'the API'}: ${what}`);
    this.name = 'ApiError';
    this.status = response.status;
    this.problem = problem;
    this.response = response;
  }
}

/** Whether a call's error is a problem document. */
export function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'type' in error && 'detail' in error && 'status' in error;
}

function sentenceOf({ detail, errors = [] }: Problem): string {
  const faults = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return [detail, ...faults].join(' ');
}
