import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import { STEPS_FREE, STEPS_PER_VALUE } from '../../adapters/jmespath/meter.ts';
import { SIGNATURES } from '../../adapters/jmespath/signatures.ts';
import { STEPS_PER_MESSAGE } from '../../core/fanout/select-endpoints.ts';
import { UNDECIDED_PER_HOUR_MAX } from '../../core/stats/filter-trouble.ts';

const page = readFileSync(new URL('../../docs/filters.md', import.meta.url), 'utf8');

/** The code of a table's cells: between one or two backticks, with its bars escaped. */
const rows = [...page.matchAll(/^\| (?:``(.+?)``|`([^`]+)`) \| `([^`]+)` \| `([^`]+)` \|$/gm)].map(
  ([, long, short = '', yes = '', no = '']) => ({ filter: (long ?? short).trim().replaceAll('\\|', '|'), yes, no }),
);

describe('the page on filters', () => {
  it('has a table of examples', () => {
    expect(rows.length).toBeGreaterThan(12);
  });

  it.each(rows)('gives the right result for $filter', async ({ filter, yes, no }) => {
    const verdictOn = async (data: string) => {
      const envelope = `{"id":"evt_1","type":"order.created","timestamp":"2026-11-22T10:00:00.000Z","data":${data}}`;
      return (await jmespathFilters.judge(envelope, [filter], 1)).judgements.map(({ verdict }) => verdict);
    };
    expect(jmespathFilters.check(filter)).toBeUndefined();
    expect([await verdictOn(yes), await verdictOn(no)]).toEqual([['match'], ['no_match']]);
  });

  it('lists all functions and the limits', () => {
    for (const name of Object.keys(SIGNATURES)) expect(page).toContain(`\`${name}\``);
    const inWords = (count: number) => count.toLocaleString('en');
    expect(page).toContain(`An event allows ${inWords(STEPS_FREE)}, and ${STEPS_PER_VALUE} for each value`);
    expect(page).toContain(`share ${STEPS_PER_MESSAGE / 1_000_000} million steps`);
    expect(page).toContain(`more than ${inWords(UNDECIDED_PER_HOUR_MAX)} such events in an hour`);
  });
});
