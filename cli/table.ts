/** A table of text. */
export interface TableText {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns that are aligned to the right: numbers. */
  readonly right?: readonly number[];
  /** How many characters a line may have. The columns of a wider table go on below, indented; what has only dashes there is left out. */
  readonly width?: number;
}

const GAP = '  ';

/** Columns as wide as their content, two spaces apart, with a line below the headings. */
export function table({ headings, rows, right = [], width = Number.POSITIVE_INFINITY }: TableText): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const bands = bandsOf(widths, width);
  const linesOf = (cells: readonly string[]) =>
    bands.map((columns, at) => {
      const shown = columns.map((column) => {
        const [cell, size] = [cells[column] ?? '', widths[column] ?? 0];
        return right.includes(column) ? cell.padStart(size) : cell.padEnd(size);
      });
      return `${at === 0 ? '' : GAP}${shown.join(GAP)}`.trimEnd();
    });
  const underlined = linesOf(widths.map((size) => '-'.repeat(size)));
  // Below headings of several lines, one line says that they end.
  const rule = underlined.length === 1 ? underlined : ['-'.repeat(Math.max(...underlined.map(({ length }) => length)))];
  const hasContent = (line: string, at: number) => at === 0 || /[^-\s]/.test(line);
  return [...linesOf(headings), ...rule, ...rows.flatMap((row) => linesOf(row).filter(hasContent))].join('\n');
}

/** The columns that fit beside each other on each line of a row; one that is wider than a line has one of its own. */
function bandsOf(widths: readonly number[], width: number): number[][] {
  const bands: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const [column, size] of widths.entries()) {
    used += GAP.length + size;
    const band = bands.at(-1);
    if (band !== undefined && used <= width) band.push(column);
    else {
      used = (band === undefined ? 0 : GAP.length) + size;
      bands.push([column]);
    }
  }
  return bands;
}
