import type { Io } from './io.ts';

const BAR = 24;
/** How often a line is written where none can be replaced. */
const LINE_EVERY_MS = 5_000;

/** How far something is. */
export interface Step {
  readonly done: number;
  /** How much there is to do; null while nobody knows. */
  readonly of: number | null;
  readonly says: string;
}

/** Shows how far something is: by a bar on a terminal, which is drawn again, and by a line now and then elsewhere. */
export class Progress {
  readonly #io: Pick<Io, 'err' | 'errIsTerminal' | 'clock' | 'width'>;
  #shown: string | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(io: Pick<Io, 'err' | 'errIsTerminal' | 'clock' | 'width'>) {
    this.#io = io;
  }

  /** Shows a step. @param isLast whether no other follows: it is shown in any case. */
  show({ done, of, says }: Step, isLast = false): void {
    const { errIsTerminal, clock, err, width } = this.#io;
    const line = errIsTerminal ? `${bar(done, of)}  ${says}`.slice(0, width - 1) : says;
    if (line === this.#shown) return;
    if (!errIsTerminal && !isLast && clock() - this.#shownAt < LINE_EVERY_MS) return;
    // A terminal: up a line, and clear it.
    err(errIsTerminal && this.#shown !== undefined ? `\u001b[1A\u001b[2K${line}` : line);
    this.#shown = line;
    this.#shownAt = clock();
  }
}

function bar(done: number, of: number | null): string {
  const share = of === null ? 0 : of === 0 ? 1 : Math.min(1, done / of);
  const full = Math.round(share * BAR);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]${of === null ? '' : ` ${Math.floor(share * 100)} %`}`;
}
