import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { manual } from '../../cli/manual.ts';
import { describedProgram } from '../../cli/program.ts';
import { type AnyCommand, exampleOf } from '../../cli/runtime/command.ts';

const root = describedProgram();

function leavesOf(command: AnyCommand, parent: string): { name: string; command: AnyCommand }[] {
  const name = `${parent} ${command.name()}`;
  const children = command.commands.filter((one) => one.name() !== 'help');
  return children.length === 0 ? [{ name, command }] : children.flatMap((child) => leavesOf(child, name));
}
const leaves = root.commands.filter((one) => one.name() !== 'complete').flatMap((one) => leavesOf(one, 'postrider'));

describe('the page of the command line', () => {
  it('is what the commands say: npm run manual', () => {
    expect(readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')).toBe(manual(root));
  });

  it.each(leaves)('has an example of $name that uses it', ({ name, command }) => {
    expect(exampleOf(command)?.line.replaceAll(/\bnpx /g, '')).toContain(name);
  });
});
