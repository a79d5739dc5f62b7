import { setTimeout as wait } from 'node:timers/promises';

export interface Patience {
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** What makes more waiting pointless. */
  readonly unless?: () => boolean;
}

/**
 * Tries a check again and again until it passes, and gives what it returns.
 * @throws what the check threw last, once the time is over.
 */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  { withinMs = 30_000, everyMs = 50, unless = () => false }: Patience = {},
): Promise<Result> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (Date.now() > deadline || unless()) throw failure;
      await wait(everyMs);
    }
  }
}
