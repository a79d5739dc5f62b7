import type { Context } from 'aws-lambda';
import { endingWith } from '../../adapters/aws-client.ts';
import { Problem } from '../../core/problem.ts';

/** The time that is left for an answer when the work has not ended. */
export const ANSWER_MS = 1_000;

/**
 * Does a request's work until a second before the invocation times out, so that the caller gets our problem document and
 * not the bare 500 of API Gateway, whatever does not answer. The AWS calls of the work are ended then: in a frozen
 * execution environment they would go on during the next invocation.
 * @param late what is thrown when the time is over; the work may have taken effect. Default: the problem `unavailable`.
 */
export async function inTime<Result>(
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  work: () => Promise<Result>,
  late: () => Error = tooLate,
): Promise<Result> {
  const calls = new AbortController();
  const end = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      end.reject(late());
      calls.abort();
    },
    Math.max(0, context.getRemainingTimeInMillis() - ANSWER_MS),
  );
  try {
    return await Promise.race([endingWith(calls.signal, work), end.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(): Problem {
  const detail =
    'Storage did not answer in time; the request may have taken effect: repeat it, with the same idempotency key.';
  return new Problem('unavailable', detail, { retryAfterSeconds: 2 });
}
