import { Chance } from '../../simulation/engine/chance.ts';
import { LENGTH_MAX, type Target } from '../targets/target.ts';
import { attempt, type Fault, SLOW } from './attempt.ts';
import { mutateJson } from './mutate-json.ts';
import { mutateText } from './mutate-text.ts';
import type { Ran } from './profiler.ts';
import { Reached } from './reached.ts';
import { shrink } from './shrink.ts';

export interface CampaignOptions {
  target: Target;
  /** Inputs found earlier. */
  corpus: readonly string[];
  seed: number;
  /** The coverage since the last call. */
  look: () => Ran[];
  /** Whether to continue, called between batches. */
  goesOn: (tried: number) => boolean;
  /** Called with every input before it runs. */
  trying: (input: string) => void;
  kept: (input: string) => void;
  fault: (fault: Fault) => void;
}

/** The result of a campaign. */
export interface Outcome {
  tried: number;
  /** Blocks reached by the initial inputs, and at the end. */
  blocks: { before: number; after: number };
  /** The given inputs, and the fewest new ones that reach what the given ones do not. */
  corpus: string[];
}

/** Inputs that share one coverage reading. */
const BATCH = 128;
/** Inputs that take longer, in ms, are not worth the time of `npm test`. */
const SAVED_MS = 100;
/** At most this many kinds of inputs are kept, one each. */
const TRAITS_MAX = 1_000;
/** Trials to shrink a failing input, and a slow one, which takes its time in each trial. */
const TRIALS = { usual: 2_000, slow: 20 };
/** Number of kinds of failures after which a campaign ends. */
const KINDS_MAX = 10;

/**
 * Runs input after input on a target: those that reach new code are kept and mutated further. The same seed, corpus and
 * number of inputs reproduce the same inputs.
 */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #chance: Chance;
  readonly #reached = new Reached();
  readonly #corpus: string[] = [];
  readonly #kinds = new Set<string>();
  readonly #traits = new Set<string>();
  #tried = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
  }

  async run(): Promise<Outcome> {
    const { target, corpus, look, goesOn } = this.#options;
    look();
    for (const input of new Set([...target.seeds, ...corpus])) await this.#keepIfNew(input);
    // If all of them fail, there must still be something to mutate.
    if (this.#corpus.length === 0) this.#corpus.push('');
    const before = this.#reached.blocks;
    while (goesOn(this.#tried) && this.#kinds.size < KINDS_MAX) {
      await this.#tryAll(Array.from({ length: BATCH }, () => this.#next()));
    }
    return { tried: this.#tried, blocks: { before, after: this.#reached.blocks }, corpus: await this.#fewest() };
  }

  #next(): string {
    const { dictionary, make, lengthMax = LENGTH_MAX } = this.#options.target;
    const chance = this.#chance;
    const made = make !== undefined && chance.happens(0.33) ? make(chance) : undefined;
    if (made !== undefined && chance.happens(0.5)) return made.slice(0, lengthMax);
    const means = { dictionary, other: () => chance.pick(this.#corpus) };
    // Recent finds are more likely to lead to new code.
    const recent = this.#corpus.slice(-8);
    const parent = made ?? chance.pick(chance.happens(0.3) ? recent : this.#corpus);
    const tree = chance.happens(0.5) ? mutateJson(parent, chance, means) : undefined;
    return (tree ?? mutateText(parent, chance, means)).slice(0, lengthMax);
  }

  /** Runs inputs; if some reach new code, bisects to find which. */
  async #tryAll(inputs: readonly string[]): Promise<void> {
    for (const input of inputs) await this.#try(input);
    const ran = this.#options.look();
    if (!this.#reached.isNew(ran)) return;
    const middle = Math.ceil(inputs.length / 2);
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      if (half.length === 1) await this.#keepIfNew(half[0] ?? '');
      else if (half.length > 1) await this.#tryAll(half);
    }
    // Code that runs only the first time belongs to no input.
    this.#reached.add(ran);
  }

  async #keepIfNew(input: string): Promise<void> {
    const fault = await this.#try(input);
    if (!this.#reached.add(this.#options.look()) || fault) return;
    this.#keep(input);
  }

  /** Keeps the first of each kind. @returns whether the input failed. */
  async #try(input: string): Promise<boolean> {
    const { target, trying } = this.#options;
    trying(input);
    this.#tried += 1;
    const { fault, trait } = await attempt(target, input);
    if (fault !== undefined && !this.#kinds.has(fault.kind)) await this.#tell(fault);
    if (trait !== undefined && !this.#traits.has(trait) && this.#traits.size < TRAITS_MAX) {
      this.#traits.add(trait);
      this.#keep(input);
    }
    return fault !== undefined;
  }

  #keep(input: string): void {
    if (this.#corpus.includes(input)) return;
    this.#corpus.push(input);
    this.#options.kept(input);
  }

  async #tell(found: Fault): Promise<void> {
    const { target, trying, fault } = this.#options;
    this.#kinds.add(found.kind);
    const failsAlike = async (input: string) => {
      trying(input);
      return (await attempt(target, input)).fault?.kind === found.kind;
    };
    const input = await shrink(found.input, failsAlike, found.kind === SLOW ? TRIALS.slow : TRIALS.usual);
    fault((await attempt(target, input)).fault ?? found);
  }

  /** The given inputs, and those new ones, shortest first, that add code or a kind to the previous ones. */
  async #fewest(): Promise<string[]> {
    const { target, corpus, trying, look } = this.#options;
    const [reached, traits] = [new Reached(), new Set<string>()];
    const found = this.#corpus.filter((input) => !corpus.includes(input)).sort(shorter);
    const fewest = [...corpus];
    look();
    for (const input of [...corpus, ...found]) {
      trying(input);
      const { fault, trait, ms } = await attempt(target, input);
      const isNew = reached.add(look()) || (trait !== undefined && !traits.has(trait));
      if (trait !== undefined) traits.add(trait);
      if (isNew && fault === undefined && ms <= SAVED_MS && !corpus.includes(input)) fewest.push(input);
    }
    return fewest;
  }
}

const shorter = (one: string, other: string) => one.length - other.length || (one < other ? -1 : 1);
