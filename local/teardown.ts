/** Stages of stopping, in order: nothing new comes in, what runs ends, what it used is closed. */
const phases = ['intake', 'functions', 'wire', 'engines', 'data'] as const;
export type Phase = (typeof phases)[number];

/** Collects how to stop what was started. */
export class Teardown {
  readonly #actions = new Map<Phase, (() => Promise<void> | void)[]>();
  #running: Promise<void> | undefined;

  /** Whether stopping has begun. */
  get begun(): boolean {
    return this.#running !== undefined;
  }

  add(phase: Phase, action: () => Promise<void> | void): void {
    this.#actions.set(phase, [...(this.#actions.get(phase) ?? []), action]);
  }

  /** Stops everything, once. A part that fails to stop does not keep the others from it. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (const phase of phases) {
      const actions = this.#actions.get(phase) ?? [];
      await Promise.allSettled(actions.map(async (action) => action()));
    }
  }
}
