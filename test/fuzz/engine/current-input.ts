/** The current input, in memory that outlives the thread that runs it. */
export class CurrentInput {
  readonly #head: Int32Array;
  readonly #text: Uint16Array;
  readonly memory: SharedArrayBuffer;

  /** @param memory shared by another thread, or new. */
  constructor(memory = new SharedArrayBuffer(8 + 2 * 65_536)) {
    this.memory = memory;
    this.#head = new Int32Array(memory, 0, 2);
    this.#text = new Uint16Array(memory, 8);
  }

  set(input: string): void {
    const length = Math.min(input.length, this.#text.length);
    for (let at = 0; at < length; at++) this.#text[at] = input.charCodeAt(at);
    Atomics.store(this.#head, 1, length);
    Atomics.add(this.#head, 0, 1);
  }

  /** Increases with every input. */
  get count(): number {
    return Atomics.load(this.#head, 0);
  }

  get input(): string {
    const codes = this.#text.subarray(0, Atomics.load(this.#head, 1));
    return Array.from(codes, (code) => String.fromCharCode(code)).join('');
  }
}
