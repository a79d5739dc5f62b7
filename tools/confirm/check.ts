import type { World } from './world.ts';

/** What a check needs: queues of its own, the stack of `own-stack.ts`, or a deployed stage. */
export type Needs = 'queues' | 'stack' | 'stage';

/** What the answers say of a fact. */
export interface Verdict {
  readonly result: 'confirmed' | 'refuted' | 'unclear';
  /** What was seen, in a few words. */
  readonly seen: string;
}

/** How one fact of `docs/confirm-on-aws.md` is confirmed. */
export interface Check<Answers> extends AnyCheck {
  /** Asks AWS, and records its answers. Checks with the same function share one run. */
  readonly run: (world: World) => Promise<Answers>;
  /** Pure. */
  readonly judge: (answers: Answers) => Verdict;
}

/** A check whose kind of answers does not matter. */
export interface AnyCheck {
  /** Its row in `docs/confirm-on-aws.md`. */
  readonly id: string;
  readonly needs: Needs;
  /** Why only a real account can show it; undefined: the emulator of `npm run test:deploy` is asked too. */
  readonly onlyOnAws?: string;
  outcome(world: World): Promise<Verdict>;
}

/** A check from its parts. */
export function check<Answers>(parts: Omit<Check<Answers>, 'outcome'>): Check<Answers> {
  return { ...parts, outcome: async (world) => parts.judge(await world.once(parts.run)) };
}

export const confirmed = (seen: string): Verdict => ({ result: 'confirmed', seen });
export const refuted = (seen: string): Verdict => ({ result: 'refuted', seen });
export const unclear = (seen: string): Verdict => ({ result: 'unclear', seen });
