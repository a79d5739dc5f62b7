import type { AttemptErrorCode } from '../../../core/deliveries/sender.ts';
import type { Chance } from '../engine/chance.ts';
import type { Behaviour } from '../profile.ts';

/** A receiver's answer, and after how long. */
export interface Answer {
  afterMs: number;
  statusCode: number | null;
  errorCode: AttemptErrorCode | null;
  retryAfter: string | null;
}

export type Receiver = (nowMs: number, timeoutMs: number) => Answer;

const OK: Omit<Answer, 'afterMs'> = { statusCode: 200, errorCode: null, retryAfter: null };
const failed = (statusCode: number, retryAfter: string | null = null): Omit<Answer, 'afterMs'> => ({
  statusCode,
  errorCode: 'http_status',
  retryAfter,
});
const noAnswer = (errorCode: AttemptErrorCode): Omit<Answer, 'afterMs'> => ({
  statusCode: null,
  errorCode,
  retryAfter: null,
});

/** A receiver without faults: quick, and always 200. */
export function healthyReceiver(chance: Chance): Receiver {
  return () => ({ ...OK, afterMs: chance.whole(5, 300) });
}

/** A receiver with one behaviour, until the seed or the end of the faults changes it. */
export function receiver(behaviour: Behaviour, startMs: number, troubleMs: number, chance: Chance): Receiver {
  const quick = () => chance.whole(5, 400);
  let posts = 0;
  const failures = chance.whole(1, 5);
  const untilMs = startMs + chance.unit() * troubleMs;
  switch (behaviour) {
    case 'healthy':
      return healthyReceiver(chance);
    case 'fails first':
      return () => ({ ...(++posts <= failures ? failed(chance.pick([500, 503, 404, 408])) : OK), afterMs: quick() });
    case 'hangs':
      return (now, timeoutMs) =>
        now < untilMs && chance.happens(0.7)
          ? { ...noAnswer('timeout'), afterMs: timeoutMs }
          : { ...OK, afterMs: quick() };
    case 'gone':
      return () => ({ ...(++posts >= failures ? failed(410) : OK), afterMs: quick() });
    case 'overloaded':
      return (now) => {
        if (++posts > failures) return { ...OK, afterMs: quick() };
        const seconds = chance.pick([0, 1, 30, 90, 1200]);
        const date = new Date(now + seconds * 1000).toUTCString();
        return { ...failed(429, chance.pick([String(seconds), date, null, 'soon'])), afterMs: quick() };
      };
    case 'dead for a while':
      return (now) => ({
        ...(now < untilMs ? noAnswer(chance.pick(['connection_refused', 'dns_error'])) : OK),
        afterMs: quick(),
      });
    case 'flapping':
      return () => ({ ...(chance.happens(0.5) ? failed(500) : OK), afterMs: quick() });
    case 'slow':
      return (_, timeoutMs) => ({ ...OK, afterMs: Math.min(timeoutMs - 1, chance.whole(1_500, 9_000)) });
  }
}
