import type { OperationTally } from './aws/tally.ts';
import { isWithin, type Row } from './budgets.ts';
import type { CaseCalls } from './calls.ts';

const figure = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1));

/** Prints figures with their budgets. */
export function printRows(title: string, rows: readonly Row[]): void {
  print(
    ['', title, 'measured', 'budget', 'unit'],
    rows.map((row) => [
      row.budget === null ? '' : isWithin(row) ? 'ok' : 'OVER',
      row.what,
      figure(row.measured),
      row.budget === null ? '' : figure(row.budget),
      row.unit,
    ]),
  );
}

/** Prints every operation of every case, per event or delivery. */
export function printCalls(calls: Readonly<Record<string, CaseCalls>>): void {
  const line = (name: string, items: number, operation: string, { calls, readUnits, writeUnits }: OperationTally) => [
    name,
    operation,
    ...[calls, readUnits, writeUnits].map((value) => (value === 0 ? '' : figure(value / items))),
  ];
  print(
    ['AWS calls per event or delivery', 'operation', 'calls', 'RRU', 'WRU'],
    Object.entries(calls).flatMap(([name, { operations, items }]) =>
      Object.entries(operations).map(([operation, tally]) => line(name, items, operation, tally)),
    ),
  );
}

/** Prints columns: text left-aligned, figures right-aligned. */
export function print(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const isFigure = (text: string) => /^-?[\d.]+$/.test(text);
  const format = (line: readonly string[]) =>
    line
      .map((text, column) => (isFigure(text) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  console.log(`\n${format(head)}`);
  for (const line of lines) console.log(format(line));
}
