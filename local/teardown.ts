/** Stages of stopping, in order: stop new work, finish running work, close what it used. */
const phases = ['intake', 'functions', 'wire', 'engines', 'data'] as const;
export type Phase = (typeof phases)[number];

/** Collects the actions that stop what was started. */
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

  /** Stops everything, once. A part that fails to stop does not prevent the others from stopping. */
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
