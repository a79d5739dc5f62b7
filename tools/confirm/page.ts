import type { Verdict } from './check.ts';

/** A row of the table in docs/confirm-on-aws.md. */
export interface Fact {
  readonly id: string;
  readonly fact: string;
  readonly reliesOnIt: string;
  readonly ifWrong: string;
  /** `no`, or the answer with its date and region. */
  readonly confirmed: string;
}

const ROW = /^\| `([\w-]+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm;

/** The facts of the page. */
export function factsOf(page: string): Fact[] {
  return [...page.matchAll(ROW)].map(([, id = '', fact = '', reliesOnIt = '', ifWrong = '', confirmed = '']) => ({
    id,
    fact,
    reliesOnIt,
    ifWrong,
    confirmed,
  }));
}

/** The page with the answers of a run in its last column. What is unclear leaves its row as it is. */
export function withVerdicts(
  page: string,
  verdicts: ReadonlyMap<string, Verdict>,
  { date, region }: { readonly date: string; readonly region: string },
): string {
  return page.replaceAll(ROW, (row, id: string, fact: string, reliesOnIt: string, ifWrong: string) => {
    const result = verdicts.get(id)?.result;
    if (result === undefined || result === 'unclear') return row;
    const answer = `${result === 'confirmed' ? 'yes' : '**refuted**'}, ${date}, ${region}`;
    return `| \`${id}\` | ${fact} | ${reliesOnIt} | ${ifWrong} | ${answer} |`;
  });
}
