/** What a filter says of an envelope. */
export type Judgement =
  | { verdict: 'holds' | 'fails' }
  /** A function was given what it does not take, such as a missing value. The reason names no value of the event. */
  | { verdict: 'errs'; reason: string }
  /** It needs more steps than the envelope allows; or, with `fault`, our own evaluation failed. */
  | { verdict: 'undecided'; fault?: unknown };

/** An envelope as it is read once for all filters that look at it. None of them changes it. */
export interface OpenEnvelope {
  /**
   * Asks one filter. The same filter and envelope always come to the same judgement, by the same steps.
   * @returns the judgement, and the steps that it took: a step is some 25 ns of one core.
   */
  judge(filter: string): Judgement & { steps: number };
}

/** Content filters: JMESPath over the envelope, such as "data.amount > `100`". docs/filters.md is the page for users. */
export interface FilterEngine {
  /** What is wrong with an expression, in a sentence; undefined when it is valid. */
  check(expression: string): string | undefined;
  /** @param envelope its JSON text. */
  open(envelope: string): OpenEnvelope;
}
