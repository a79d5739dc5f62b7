import type { Random } from '../../core/random.ts';

/** What an injected fault looks like: nothing of ours, so nobody handles it specially. */
export class Crash extends Error {}

/** Whether the next call fails: before or after it took effect, or not at all. */
export type Fails = () => 'before' | 'after' | false;

/** Fails one call in `1 / probability`, half of them after they took effect, while `active` says so. */
export function failing(random: Random, probability: number, active: () => boolean): Fails {
  return () => (active() && random.unit() < probability ? (random.unit() < 0.5 ? 'before' : 'after') : false);
}

/** A port's call that fails as it is told. */
export function unreliable<Call extends (...args: never[]) => Promise<unknown>>(call: Call, fails: Fails): Call {
  return (async (...args: Parameters<Call>) => {
    const when = fails();
    if (when === 'before') throw new Crash('before');
    const result = await call(...args);
    if (when === 'after') throw new Crash('after');
    return result;
  }) as Call;
}
