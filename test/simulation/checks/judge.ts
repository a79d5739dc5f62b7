/** What is checked, in the words of docs/promises.md. */
export const PROMISES = {
  carrier: 'every delivery that is owed has something that carries it on',
  ending: 'a delivery ends for a true reason',
  bytes: 'every POST of an event has the same bytes, signed',
  secrets: 'a former secret signs until the end that it was promised, and no longer',
  'one POST': 'no POST is made twice without a cause',
  claim: 'a POST that may have a twin is claimed',
  history: 'a record goes forward and tells every attempt',
  cycle: 'a cycle begins by replay or redrive alone',
  spacing: 'a receiver is given the time that it was promised',
  addressee: 'a POST goes to an endpoint that is to get it',
  mark: 'a held delivery can be found',
  circuit: 'an open circuit lets one probe through at a time',
  health: 'health tells what happened',
  rate: 'an endpoint gets no more POSTs a second than its limit',
  idempotency: 'one idempotency key is one event',
  fanout: 'a fan-out sends what is due, once',
  letters: 'a dead letter is kept',
  news: 'people are told what happened, once it did',
  audit: 'every change has its audit entry, and every entry its change',
  liveness: 'everything comes to its end once the world heals',
} as const;
export type Promised = keyof typeof PROMISES;

export interface Violation {
  promise: Promised;
  text: string;
  /** The event or delivery that it is about. */
  about: string;
  atMs: number;
}

/** Counts what was checked and keeps the first violation; a throw inside a port would be taken for a fault of the call. */
export class Judge {
  violation: Violation | undefined;
  readonly checks = new Map<Promised, number>();
  readonly excused = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** One check: `holds`, or else `text` says what is wrong. */
  check(promise: Promised, about: string, holds: boolean, text: () => string): void {
    this.checks.set(promise, (this.checks.get(promise) ?? 0) + 1);
    if (!holds) this.violation ??= { promise, about, text: text(), atMs: this.#now() };
  }

  excuse(cause: string): void {
    this.excused.set(cause, (this.excused.get(cause) ?? 0) + 1);
  }
}
