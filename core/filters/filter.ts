/** A parsed JSON text. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

/** Content filters: JMESPath over the envelope, such as "data.amount > `100`". */
export interface FilterEngine {
  /** What is wrong with an expression, in a sentence; undefined when it is valid. */
  check(expression: string): string | undefined;
  /** Whether the expression holds for an envelope. An expression that fails on this envelope does not hold. */
  holds(expression: string, envelope: JsonValue): boolean;
}
