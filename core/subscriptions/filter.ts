/** The result of a filter on an envelope. */
export type FilterResult =
  | { verdict: 'match' | 'no_match' }
  /**
   * A function got an argument it does not accept, such as a missing value. The reason quotes no value of the event.
   */
  | { verdict: 'error'; reason: string }
  /** It takes more steps than the envelope allows; or, with `fault`, evaluation failed by an error on our side. */
  | { verdict: 'undecided'; fault?: string };

/** The results of filters on one envelope, in order: fewer judgements than filters if the steps were spent. */
export interface Evaluation {
  judgements: readonly FilterResult[];
  /** The steps taken: a step is 10 to 70 ns of one core. */
  steps: number;
}

/**
 * Content filters: JMESPath over the envelope, such as "data.amount > `100`". docs/filters.md is the user
 * documentation.
 */
export interface FilterEngine {
  /** What is wrong with an expression, in a sentence; undefined if it is valid. */
  check(expression: string): string | undefined;
  /**
   * Evaluates filters on one envelope, in order, until the given steps are spent: at least one filter. The same filter
   * and envelope always give the same judgement with the same steps, whatever other filters are evaluated.
   * @param envelope its JSON text.
   * @throws Error when nothing could be evaluated because of an error on our side: try again.
   */
  judge(envelope: string, filters: readonly string[], steps: number): Promise<Evaluation>;
}
