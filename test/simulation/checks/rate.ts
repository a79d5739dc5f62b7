import type { Facts, Post } from './facts.ts';

/** Rate limits: no more POSTs than slots that were due by then, and a slot only every 1/limit s. */
export class RateChecks {
  readonly #facts: Facts;
  readonly #slots = new Map<string, number[]>();
  readonly #posts = new Map<string, number>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  reserved(endpointId: string, spanMs: number, begin: number): void {
    const limit = this.#facts.truth.any(endpointId)?.rateLimitPerSecond;
    if (!limit) return;
    const spacingMs = 1000 / limit;
    const slots = this.#slots.get(endpointId) ?? [];
    this.#slots.set(endpointId, slots);
    // After a pause, as many at once as a second has.
    for (let at = 0; at < Math.round(spanMs / spacingMs); at++)
      slots.push(begin + at * spacingMs - (limit - 1) * spacingMs);
  }

  posted(post: Post): void {
    const { judge, truth, now } = this.#facts;
    const limit = truth.any(post.endpointId)?.rateLimitPerSecond;
    if (!limit || post.wasExcused) return;
    const posts = (this.#posts.get(post.endpointId) ?? 0) + 1;
    this.#posts.set(post.endpointId, posts);
    const due = (this.#slots.get(post.endpointId) ?? []).filter((slot) => slot <= now() + 1).length;
    judge.check('rate', post.key, posts <= due, () => `POST ${posts} with ${due} slots due, at ${limit} a second`);
  }
}
