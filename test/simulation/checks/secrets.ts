import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { Judge } from './judge.ts';

/** A former secret signs until its overlap ends, unless a rotation without overlap ends it. */
export class SecretChecks {
  readonly #judge: Judge;
  readonly #now: () => number;

  constructor(judge: Judge, now: () => number) {
    this.#judge = judge;
    this.#now = now;
  }

  #formers({ previousSecrets }: Endpoint) {
    return previousSecrets.filter(({ expiresAt }) => expiresAt > this.#now());
  }

  /** An endpoint was overwritten. A rotation without former secrets was one without overlap, which `rotated` checks. */
  written(before: Endpoint | undefined, after: Endpoint): void {
    const isEnd = after.secretVersion !== before?.secretVersion && after.previousSecrets.length === 0;
    if (before === undefined || isEnd) return;
    const kept = new Map(after.previousSecrets.map(({ version, expiresAt }) => [version, expiresAt]));
    for (const { version, expiresAt } of this.#formers(before)) {
      this.#judge.check(
        'secrets',
        after.id,
        kept.get(version) === expiresAt,
        () => `secret ${version} should be valid until ${expiresAt}, but ends ${kept.get(version) ?? 'now'}`,
      );
    }
  }

  /** A rotation was acknowledged. */
  rotated(endpoint: Endpoint, overlapSeconds: number): void {
    const [newest, ...others] = this.#formers(endpoint);
    const promised = endpoint.updatedAt + overlapSeconds * 1000;
    const holds =
      overlapSeconds === 0
        ? newest === undefined && others.length === 0
        : promised <= this.#now() || newest?.expiresAt === promised;
    this.#judge.check(
      'secrets',
      endpoint.id,
      holds,
      () => `after a rotation with an overlap of ${overlapSeconds} s, former secrets end at ${this.#endsOf(endpoint)}`,
    );
  }

  #endsOf(endpoint: Endpoint): string {
    return this.#formers(endpoint)
      .map(({ version, expiresAt }) => `${expiresAt} (${version})`)
      .join(', ');
  }
}
