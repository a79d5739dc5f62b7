/** What a filter says of an envelope. */
export type Judgement =
  | { verdict: 'holds' | 'fails' }
  /** A function was given what it does not take, such as a missing value. The reason names no value of the event. */
  | { verdict: 'errs'; reason: string }
  /** It needs more steps than the envelope allows; or, with `fault`, our own evaluation failed. */
  | { verdict: 'undecided'; fault?: string };

/** What filters said of one envelope, in their order: fewer judgements than filters when the steps were spent. */
export interface Judged {
  judgements: readonly Judgement[];
  /** The steps that they took: a step is 10 to 70 ns of one core. */
  steps: number;
}

/** Content filters: JMESPath over the envelope, such as "data.amount > `100`". docs/filters.md is the page for users. */
export interface FilterEngine {
  /** What is wrong with an expression, in a sentence; undefined when it is valid. */
  check(expression: string): string | undefined;
  /**
   * Asks filters of one envelope, in their order, until so many steps are spent: at least one. The same filter and envelope
   * always come to the same judgement, by the same steps, whatever else is asked.
   * @param envelope its JSON text.
   * @throws Error when nothing could be evaluated by a fault of ours: ask again.
   */
  judge(envelope: string, filters: readonly string[], steps: number): Promise<Judged>;
}
