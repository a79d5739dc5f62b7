import { Problem } from '../../core/problem.ts';

const NETWORK_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND'];

/** Whether an error came from AWS or the network in between, so that repeating the request can help. */
function isAwsError(fault: Error): boolean {
  if ('$metadata' in fault || '$fault' in fault || fault.name === 'TimeoutError') return true;
  return 'code' in fault && NETWORK_CODES.some((code) => code === fault.code);
}

/** The problem for whatever was thrown. The text of an unexpected error is never sent. */
export function problemOf(fault: unknown): Problem {
  if (fault instanceof Problem) return fault;
  if (fault instanceof Error && isAwsError(fault)) {
    return new Problem(
      'unavailable',
      'Storage is temporarily unavailable: repeat the request, with the same idempotency key.',
      {
        retryAfterSeconds: 2,
      },
    );
  }
  return new Problem('internal', 'Something failed on our side; repeating the request is safe. See the logs.');
}
