import { randomOf } from './random.ts';

/** When to kill the product. */
export interface Kill {
  /** From the start of the run, in ms. */
  readonly atMs: number;
  /** During the start-up after the previous kill: recovery must survive a crash too. */
  readonly whileStarting: boolean;
}

const WHILE_STARTING_SHARE = 0.2;

/** Spreads the kills over the run, each at a random moment of its interval. */
export function planKills(seed: number, count: number, durationMs: number): Kill[] {
  const random = randomOf(seed, 'kills');
  const share = durationMs / count;
  const kills: Kill[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = kills.at(-1);
    const whileStarting = before !== undefined && !before.whileStarting && random.unit() < WHILE_STARTING_SHARE;
    const atMs = whileStarting ? before.atMs + random.between(100, 900) : share * (index + 0.1 + 0.8 * random.unit());
    kills.push({ atMs, whileStarting });
  }
  return kills;
}
