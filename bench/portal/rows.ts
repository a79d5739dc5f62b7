import { type Row, row } from '../budgets.ts';
import type { PortalReport } from './measure.ts';

export function portalRows({ firstListMs, listMs, pausesMs, deliveries, endpoints }: PortalReport): Row[] {
  const sorted = firstListMs.toSorted((a, b) => a - b);
  return [
    row('the portal: from its link to the first list, the median', sorted[sorted.length >> 1] ?? 0, 'ms', 1_000),
    row('the portal: from a click to another list', listMs, 'ms', 1_000),
    row(
      `the longest pause while ${count(deliveries)} deliveries are loaded and scrolled`,
      pausesMs.deliveries,
      'ms',
      100,
    ),
    row(`the same with ${count(endpoints)} endpoints`, pausesMs.endpoints, 'ms', 100),
  ];
}

const count = (value: number) => value.toLocaleString('en');
