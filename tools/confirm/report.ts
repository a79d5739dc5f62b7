import { table } from '../../cli/table.ts';
import type { Verdict } from './check.ts';
import type { Fact } from './page.ts';

/** The verdicts as a table, with what relies on each fact; the sentence of the page for each that is not confirmed. */
export function report(facts: readonly Fact[], verdicts: ReadonlyMap<string, Verdict>): string {
  const asked = facts.flatMap((fact) => {
    const verdict = verdicts.get(fact.id);
    return verdict === undefined ? [] : [{ ...fact, ...verdict }];
  });
  const rows = asked.map(({ id, result, seen, reliesOnIt }) => [id, result, cut(seen, 72), cut(plain(reliesOnIt), 60)]);
  const notes = asked
    .filter(({ result }) => result !== 'confirmed')
    .map(({ id, result, fact, seen, ifWrong }) => {
      const then = result === 'refuted' ? `\n  So: ${plain(ifWrong)}.` : '';
      return `${id} is ${result}: ${plain(fact)}.\n  Seen: ${seen.replace(/\.$/, '')}.${then}`;
    });
  const count = (result: Verdict['result']) => asked.filter((one) => one.result === result).length;
  return [
    table({ headings: ['fact', 'result', 'seen', 'what relies on it'], rows }),
    ...notes,
    `${count('confirmed')} confirmed, ${count('refuted')} refuted, ${count('unclear')} unclear.`,
  ].join('\n\n');
}

/** Markdown without its marks and addresses. */
const plain = (markdown: string) => markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '');
const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
