import type { Io } from './io.ts';

const BAR = 24;

/** How far something long has come: a bar that is drawn over on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #io: Pick<Io, 'err' | 'errIsTerminal' | 'redraw'>;
  #last = '';

  constructor(io: Pick<Io, 'err' | 'errIsTerminal' | 'redraw'>) {
    this.#io = io;
  }

  /** @param total null if it is not known. */
  show(done: number, total: number | null): void {
    const line = this.#io.errIsTerminal && total !== null && total > 0 ? bar(done, total) : counts(done, total);
    if (line === this.#last) return;
    this.#last = line;
    if (this.#io.errIsTerminal) this.#io.redraw(line);
    else this.#io.err(line);
  }

  /** Leaves the bar as it is, and goes on below it. */
  end(): void {
    if (this.#io.errIsTerminal && this.#last !== '') this.#io.err('');
  }
}

const counts = (done: number, total: number | null) => (total === null ? `${done} so far` : `${done} of ${total}`);

function bar(done: number, total: number): string {
  const share = Math.min(1, done / total);
  const filled = Math.round(share * BAR);
  return `[${'='.repeat(filled)}${' '.repeat(BAR - filled)}] ${counts(done, total)}`;
}
