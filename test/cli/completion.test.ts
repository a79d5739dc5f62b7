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
    expect(complete('keys revoke --')).toEqual([
      ...['--help', '--json', '--profile', '--region', '--stage', '--version', '--yes'],
    ]);
  });

  it('offers the choices of an option and of an argument', () => {
    expect(complete('endpoints list --state ')).toEqual(['active', 'disabled', 'paused']);
    expect(complete('api P')).toEqual(['PATCH', 'POST', 'PUT']);
    expect(complete('completion z')).toEqual(['zsh']);
    expect(complete('api PATCH P')).toEqual([]);
    expect(complete('endpoints list --state=')).toEqual(['--state=active', '--state=disabled', '--state=paused']);
  });

  it('knows which words are values of options, and what bash makes of an equals sign', () => {
    expect(complete('--json --profile keys endpoints re')).toEqual(['resume']);
    expect(complete('--profile=keys endpoints re')).toEqual(['resume']);
    expect(complete('endpoints list --tenant acme --state pa')).toEqual(['paused']);
    expect(complete('endpoints create --event-type a b --desc')).toEqual(['--description']);
    expect(complete('endpoints list --state = pa')).toEqual(['paused']);
    expect(complete('endpoints list --state =')).toEqual(['active', 'disabled', 'paused']);
    expect(complete('endpoints list --state = paused --circuit op')).toEqual(['open']);
  });

  it('offers nothing for an option that takes any value', () => {
    expect(complete('endpoints list --url ')).toEqual([]);
    expect(complete('endpoints --none ')).toEqual(complete('endpoints '));
  });
});
