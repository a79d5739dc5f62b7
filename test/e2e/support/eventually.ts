import { setTimeout as wait } from 'node:timers/promises';

export interface Patience {
  readonly withinMs?: number;
  readonly everyMs?: number;
  /** A condition that makes further waiting pointless. */
  readonly unless?: () => boolean;
}

/**
 * Repeats a check until it passes, and returns its result.
 * @throws the check's last error, once the time is over.
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
