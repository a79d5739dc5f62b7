/** What is checked, by the names in docs/promises.md. */
export const PROMISES = {
  conservation: 'every open delivery has a message or a stored entry that continues it',
  'final status': 'a delivery ends for a true reason',
  bytes: 'every POST of an event has the same bytes, signed',
  secrets: 'a previous secret signs until its overlap ends, and no longer',
  'one POST': 'no POST is repeated without a cause',
  claim: 'a POST that may have a duplicate is claimed',
  history: 'a record only moves forward and lists every attempt',
  cycle: 'only a replay or a redrive starts a cycle',
  spacing: 'attempts are spaced as the retry policy promises',
  lane: "a wide event's deliveries stay out of the fast lane",
  endpoint: 'a POST goes to an endpoint that should get it',
  'holding mark': 'a held delivery can be found',
  circuit: 'an open circuit lets one probe through at a time',
  health: 'health reflects what happened',
  rate: 'an endpoint gets no more POSTs a second than its limit allows',
  idempotency: 'one idempotency key is one event',
  fanout: 'a fan-out sends what is due, once',
  'dead letters': 'a dead letter is kept',
  'own faults': 'what fails on our side is sent again by itself, at most ten times, before its event expires',
  'operational events': 'an operational event is published for every change, after it happened',
  audit: 'every change has its audit entry, and every entry its change',
  sessions: 'a code begins one session, which is over a minute after its end at the latest, and not before',
  memory: 'an invocation holds no more bytes of bodies than its budget',
  receives: 'a message is received again only for a cause',
  liveness: 'everything ends once the faults stop',
} as const;
export type Promised = keyof typeof PROMISES;

export interface Violation {
  promise: Promised;
  text: string;
  /** The event or delivery that it is about. */
  about: string;
  atMs: number;
}

/** Counts checks and keeps the first violation. It does not throw: inside a port that would look like a fault of the call. */
export class Judge {
  violation: Violation | undefined;
  readonly checks = new Map<Promised, number>();
  readonly excused = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** One check: unless it `holds`, `text` says what is wrong. */
  check(promise: Promised, about: string, holds: boolean, text: () => string): void {
    this.checks.set(promise, (this.checks.get(promise) ?? 0) + 1);
    if (!holds) this.violation ??= { promise, about, text: text(), atMs: this.#now() };
  }

  excuse(cause: string): void {
    this.excused.set(cause, (this.excused.get(cause) ?? 0) + 1);
  }
}
