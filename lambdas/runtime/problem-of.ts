import { Problem } from '../../core/problem.ts';

const NETWORK_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND'];

/** Whether a fault came from AWS or from the way there, so that repeating the request can help. */
function isAwsTrouble(fault: Error): boolean {
  if ('$metadata' in fault || '$fault' in fault || fault.name === 'TimeoutError') return true;
  return 'code' in fault && NETWORK_CODES.some((code) => code === fault.code);
}

/** The problem document's content for whatever was thrown. Nothing of an unexpected error's text goes out. */
export function problemOf(fault: unknown): Problem {
  if (fault instanceof Problem) return fault;
  if (fault instanceof Error && isAwsTrouble(fault)) {
    return new Problem('unavailable', 'Storage is in trouble: repeat the request, with the same idempotency key.', {
      retryAfterSeconds: 2,
    });
  }
  return new Problem('internal', 'Something failed on our side; repeating the request is safe. See the logs.');
}
