/** One fault of the input: a dotted path to the field (`0.type`, `retry_policy.jitter`) and what to do about it. */
export interface InputFault {
  path: string;
  message: string;
}

/** The kinds of problem that the API returns, each with its HTTP status and title (RFC 9457). */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request cannot be parsed' },
  unauthenticated: { status: 401, title: 'No valid API key or session' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  conflict: { status: 409, title: 'Conflicts with the current state' },
  gone: { status: 410, title: 'No longer available' },
  too_large: { status: 413, title: 'The request is too large' },
  invalid: { status: 422, title: 'The input is not valid' },
  internal: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'Storage is temporarily unavailable' },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

/** The maximum number of faults reported for one request. */
export const FAULTS_MAX = 100;
/** A path may hold names that the caller chose. */
const PATH_CHARACTERS_MAX = 256;

/**
 * An error that the caller can understand and act on. Its texts never hold a secret, payload or header value. However
 * many faults there are, it fits into a response.
 */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly faults: InputFault[];
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ProblemKind, detail: string, options: { faults?: InputFault[]; retryAfterSeconds?: number } = {}) {
    super(detail);
    this.name = 'Problem';
    this.kind = kind;
    this.faults = (options.faults ?? []).slice(0, FAULTS_MAX).map(({ path, message }) => ({
      // The cut may leave half a character.
      path: path.slice(0, PATH_CHARACTERS_MAX).toWellFormed(),
      message,
    }));
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The problem document (RFC 9457) as sent over the wire. */
export function problemDocument(problem: Problem): Record<string, unknown> {
  const { status, title } = PROBLEMS[problem.kind];
  const document = { type: `urn:postrider:problem:${problem.kind}`, title, status, detail: problem.message };
  return problem.faults.length > 0 ? { ...document, errors: problem.faults } : document;
}
