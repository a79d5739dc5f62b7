import type { Ran, Range } from './profiler.ts';

interface Script {
  /** Per character: 1 if the code has run. */
  ran: Uint8Array;
  /** Where ranges start and end. */
  edges: Set<number>;
}

/**
 * The code reached so far. V8 merges a range with its parent while both ran equally often, so its ranges differ between
 * readings; therefore the characters that ran are stored, not the ranges.
 */
export class Reached {
  readonly #scripts = new Map<string, Script>();

  /** Whether any of this is new. */
  isNew(ran: readonly Ran[]): boolean {
    return ran.some(({ script, functions }) => {
      const known = this.#scripts.get(script);
      if (known === undefined) return true;
      return functions.some((ranges) =>
        pieces(ranges).some(([start, end]) => known.ran.length < end || known.ran.subarray(start, end).includes(0)),
      );
    });
  }

  /** Adds it. @returns whether any of it was new. */
  add(ran: readonly Ran[]): boolean {
    const isNew = this.isNew(ran);
    for (const { script, functions } of ran) {
      for (const ranges of functions) this.#addFunction(script, ranges);
    }
    return isNew;
  }

  #addFunction(name: string, ranges: readonly Range[]): void {
    const script = this.#script(name, ranges[0]?.endOffset ?? 0);
    for (const { startOffset, endOffset } of ranges) script.edges.add(startOffset).add(endOffset);
    for (const [start, end] of pieces(ranges)) script.ran.fill(1, start, end);
  }

  #script(name: string, length: number): Script {
    const known = this.#scripts.get(name) ?? { ran: new Uint8Array(), edges: new Set() };
    if (known.ran.length < length) {
      const longer = new Uint8Array(length);
      longer.set(known.ran);
      known.ran = longer;
    }
    this.#scripts.set(name, known);
    return known;
  }

  /** How many blocks have run: ranges between two edges that were ever seen. */
  get blocks(): number {
    return [...this.#scripts.values()].reduce(
      (sum, { ran, edges }) => sum + [...edges].filter((edge) => ran[edge] === 1).length,
      0,
    );
  }
}

/** The ranges of a function that ran: the innermost range around a character decides. */
function pieces(ranges: readonly Range[]): [start: number, end: number][] {
  const found: [number, number][] = [];
  const open: Range[] = [];
  let at = 0;
  const passTo = (offset: number) => {
    if (offset > at && (open.at(-1)?.count ?? 0) > 0) found.push([at, offset]);
    at = offset;
  };
  const closeUntil = (offset: number) => {
    for (let inner = open.at(-1); inner !== undefined && inner.endOffset <= offset; inner = open.at(-1)) {
      passTo(inner.endOffset);
      open.pop();
    }
  };
  for (const range of ranges) {
    closeUntil(range.startOffset);
    passTo(range.startOffset);
    open.push(range);
  }
  closeUntil(Number.POSITIVE_INFINITY);
  return found;
}
