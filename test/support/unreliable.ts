import type { Random } from '../../core/random.ts';

/** An injected fault. The product does not know it, so nothing handles it specially. */
export class Crash extends Error {}

/**
 * Whether the next call fails: before or after it took effect, or not at all. `repeated`: its response is lost, and the
 * SDK repeats the call, which sees the effect of the first.
 */
export type Fails = () => 'before' | 'after' | 'repeated' | false;

const WAYS = ['before', 'after', 'repeated'] as const;

/** Fails one call in `1 / probability`, in one of the three ways, while `active` says so. */
export function failing(random: Random, probability: number, active: () => boolean): Fails {
  return () =>
    active() && random.unit() < probability ? (WAYS[Math.floor(random.unit() * WAYS.length)] ?? 'before') : false;
}

/** A port's call that fails as decided. */
export function unreliable<Call extends (...args: never[]) => Promise<unknown>>(call: Call, fails: Fails): Call {
  return (async (...args: Parameters<Call>) => {
    const when = fails();
    if (when === 'before') throw new Crash('before');
    const result = await call(...args);
    if (when === 'after') throw new Crash('after');
    return when === 'repeated' ? call(...args) : result;
  }) as Call;
}
