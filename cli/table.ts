/** A table of text. */
export interface TableText {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns that are aligned to the right: numbers. */
  readonly right?: readonly number[];
}

/** Columns as wide as their content, two spaces apart, with a line below the headings. */
export function table({ headings, rows, right = [] }: TableText): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(headings), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
