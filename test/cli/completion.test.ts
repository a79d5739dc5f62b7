import { describe, expect, it } from 'vitest';
import { candidates } from '../../cli/commands/completion.ts';
import { describedProgram } from '../../cli/program.ts';

const complete = (line: string) => candidates(describedProgram(), line.split(' '));

describe('completion', () => {
  it('offers commands, and those of a group', () => {
    expect(complete('end')).toEqual(['endpoints']);
    expect(complete('endpoints pa')).toEqual(['pause']);
    expect(complete('')).toEqual(expect.arrayContaining(['api', 'keys', 'login']));
    expect(complete('')).not.toContain('complete');
  });

  it('offers the options of a command, and those that every command has', () => {
    expect(complete('keys revoke --')).toEqual(['--json', '--profile', '--region', '--stage', '--version', '--yes']);
  });

  it('offers the choices of an option and of an argument', () => {
    expect(complete('endpoints list --state ')).toEqual(['active', 'disabled', 'paused']);
    expect(complete('api P')).toEqual(['PATCH', 'POST', 'PUT']);
    expect(complete('completion z')).toEqual(['zsh']);
  });

  it('offers nothing for an option that takes any value', () => {
    expect(complete('endpoints list --url ')).toEqual([]);
  });
});
