/** Memory that a message takes on its way to SQS, in bytes: the SDK holds its body several times. */
const BYTES_OF_MESSAGE = 16 * 1024;
/** Memory for a byte of a body that was read: of the response, of the text, of the request, and of TLS. */
const BYTES_OF_BODY_BYTE = 7;

/** What the work of one invocation holds, in bytes. */
export class Memory {
  readonly #max: number;
  /** How often each body was read and not given back. */
  readonly #bodies = new Map<string, number>();
  #held = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#held > this.#max;
  }

  /** An invocation begins: the one before it holds nothing any more. */
  clear(): void {
    this.#bodies.clear();
    this.#held = 0;
  }

  holdMessages(count: number): void {
    this.#held += count * BYTES_OF_MESSAGE;
  }

  /** Messages were sent, or could not be. */
  releaseMessages(count: number): void {
    // Those of a former invocation are forgotten already.
    this.#held = Math.max(0, this.#held - count * BYTES_OF_MESSAGE);
  }

  holdBody(body: string): void {
    this.#bodies.set(body, (this.#bodies.get(body) ?? 0) + 1);
    this.#held += body.length * BYTES_OF_BODY_BYTE;
  }

  /** The body was used: its POST or its filters have an answer. One that came inside its message was never held. */
  releaseBody(body: string): void {
    const times = this.#bodies.get(body);
    if (times === undefined) return;
    if (times > 1) this.#bodies.set(body, times - 1);
    else this.#bodies.delete(body);
    this.#held -= body.length * BYTES_OF_BODY_BYTE;
  }
}
