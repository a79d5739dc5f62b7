import type { Judge } from './judge.ts';

/** As long as an environment may believe what it read. */
const BELIEVED_MS = 60_000;

/** What is known of a session: by what its people and its operators saw. */
interface Known {
  tokens: Set<string>;
  /** Whether anything was begun that may end it. */
  isInDanger: boolean;
  /** Since when it must not be believed any more. */
  overSince: number;
}

/** A code begins one session, which ends when it is ended, and not before. */
export class SessionChecks {
  readonly #judge: Judge;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor(judge: Judge, now: () => number) {
    this.#judge = judge;
    this.#now = now;
  }

  #of(id: string): Known {
    const known = this.#known.get(id) ?? { tokens: new Set(), isInDanger: false, overSince: Number.POSITIVE_INFINITY };
    this.#known.set(id, known);
    return known;
  }

  /** A request was sent that may end it: a second use of its code, or an end. */
  endangered(id: string): void {
    this.#of(id).isInDanger = true;
  }

  /** Somebody was told that it has ended. */
  ended(id: string): void {
    const known = this.#of(id);
    known.overSince = Math.min(known.overSince, this.#now() + BELIEVED_MS);
  }

  /** Somebody was told that the code was used before: that ends the session, and is never said to a page that is alone. */
  reused(id: string): void {
    this.ended(id);
    this.#judge.check('sessions', id, this.#of(id).isInDanger, () => 'a page was taken for another one');
  }

  redeemed(id: string, token: string): void {
    const { tokens } = this.#of(id);
    tokens.add(token);
    this.#judge.check('sessions', id, tokens.size === 1, () => 'two uses of one code were answered');
  }

  /** A request with its token was answered. @param sinceMs when it was sent. */
  used(id: string, isAllowed: boolean, sinceMs: number): void {
    const { overSince, isInDanger } = this.#of(id);
    if (isAllowed) {
      this.#judge.check('sessions', id, sinceMs < overSince, () => 'it is believed a minute after its end');
    } else this.#judge.check('sessions', id, isInDanger, () => 'it is refused, and nothing has ended it');
  }
}
