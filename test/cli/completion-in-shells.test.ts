import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A folder with `postrider`, the launcher as it is checked in, and something to complete. */
const folder = mkdtempSync(join(tmpdir(), 'postrider-completion-'));

beforeAll(() => {
  symlinkSync(resolve(import.meta.dirname, '../../cli/postrider.mjs'), join(folder, 'postrider'));
  mkdirSync(join(folder, 'schemas'));
  // Bundled once, outside of any test's time.
  run('postrider', ['--version']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program with `postrider` on its path, and nobody's settings. @returns its output. */
function run(program: string, args: readonly string[]): string {
  const path = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: path, HOME: folder, TERM: 'dumb' },
    timeout: 30_000,
  });
  if (error !== undefined) throw error;
  expect([status, stderr], `${program}: ${stdout}`).toEqual([0, '']);
  return stdout;
}

const linesOf = (text: string) => text.split(/\r?\n/).filter((line) => line !== '');

/** The words of a line as bash takes them: an equals sign is a word, and a space begins one. */
const bashWords = (line: string) =>
  line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/(=)/).filter((part) => part !== '')));

/** What each shell offers for each of these lines, all of them in one run of the shell: it starts `postrider` for each. */
const SHELLS = {
  /** Calls what is registered for the command, as readline does. */
  bash(lines: readonly string[]): string[][] {
    const asks = lines.map(
      (line) =>
        `ask ${bashWords(line)
          .map((word) => `'${word}'`)
          .join(' ')}`,
    );
    const script = `source <(postrider completion bash)
      [[ $(complete -p postrider) =~ -F\\ ([^ ]+) ]]; registered="\${BASH_REMATCH[1]}"
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); $registered; echo '<:>'; printf '<%s>\\n' "\${COMPREPLY[@]}"; }
      ${asks.join('\n')}`;
    return offeredIn(run('bash', ['--norc', '-c', script]));
  },
  /** Types each line and a tab in a terminal, and reads what is offered there. */
  zsh(lines: readonly string[]): string[][] {
    const script = `zmodload zsh/zpty
      zpty typed zsh -f -i
      zpty -w typed 'autoload -U compinit; compinit -u -D; source <(postrider completion zsh)'
      zpty -w typed 'compadd() { local -a offered; builtin compadd -O offered "$@"; print -rl -- "<"$^offered">"; builtin compadd "$@" }'
      zpty -w typed 'and-say() { print -r -- "<"":>"; zle expand-or-complete; BUFFER=; print -r -- "<"";>" }; zle -N and-say; bindkey "^I" and-say'
      for line in "$@"; do
        zpty -w -n typed $line$'\\t'
        zpty -r -m typed seen '*<;>*'
        print -r -- $seen
      done
      zpty -d typed`;
    return offeredIn(run('zsh', ['-f', '-c', script, 'zsh', ...lines]));
  },
  /** Asks for the completions of each line; their descriptions are after tabs. */
  fish(lines: readonly string[]): string[][] {
    const asks = lines.map((line) => `echo '<:>'; for one in (complete -C '${line}'); echo "<$one>"; end`);
    return offeredIn(run('fish', ['--no-config', '-c', ['postrider completion fish | source', ...asks].join('\n')]));
  },
};

/** What is between angle brackets after each `<:>`, that is, after each line. */
function offeredIn(text: string): string[][] {
  const [, ...answers] = text.split('<:>');
  return answers.map((answer) => [...answer.matchAll(/<([^<>";\t]+)[^<>";]*>/g)].map(([, offered]) => offered ?? ''));
}

/** What completes to what; `test/cli/completion.test.ts` has more. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'postrider end': ['endpoints'],
  'postrider event-types ': ['delete', 'diff', 'get', 'list', 'push', 'put'],
  'postrider api P': ['PATCH', 'POST', 'PUT'],
  'postrider keys revoke --y': ['--yes'],
  'postrider endpoints list --state ': ['active', 'disabled', 'paused'],
  'postrider --profile prod endpoints list --tenant acme --circuit ha': ['half_open'],
};
/** A value after an equals sign, and a file. */
const VALUE = 'postrider endpoints list --state=p';
const FILE = 'postrider event-types push sch';

const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe('completion', { timeout: 60_000 }, () => {
  for (const [shell, complete] of Object.entries(SHELLS)) {
    const missing = !isInstalled(shell);
    it.skipIf(missing)(missing ? `in ${shell} is not tried: it is not installed here` : `in ${shell} knows all`, () => {
      const lines = [...Object.keys(CASES), VALUE, FILE];
      const answers = new Map(complete(lines).map((offered, at) => [lines[at], offered]));
      expect(answers).toEqual(
        new Map<string, unknown>([
          ...Object.entries(CASES),
          // bash completes the part after the sign, and files by itself where nothing is offered.
          [VALUE, [shell === 'bash' ? 'paused' : '--state=paused']],
          [FILE, shell === 'bash' ? [] : expect.arrayContaining([expect.stringMatching(/^schemas\/?$/)])],
        ]),
      );
    });
  }

  it('in PowerShell is only read, for want of one: it asks what the other shells ask, a new word with --next', () => {
    const script = run('postrider', ['completion', 'powershell']);
    expect(script).toMatch(/^Register-ArgumentCompleter -Native -CommandName postrider -ScriptBlock \{/);
    expect(script).toContain('postrider complete @next -- @words');
    expect(script.split('{')).toHaveLength(script.split('}').length);
    expect(linesOf(run('postrider', ['complete', '--', 'api', 'PA']))).toEqual(['PATCH']);
    expect(linesOf(run('postrider', ['complete', '--next', '--', 'dlq', 'peek']))).toContain('fanout');
  });

  it('in bash falls back to files', () => {
    expect(run('bash', ['--norc', '-c', 'source <(postrider completion bash); complete -p postrider'])).toContain(
      '-o default',
    );
  });

  it('in zsh works from a file of its path of functions, from the first time on', { skip: !isInstalled('zsh') }, () => {
    writeFileSync(join(folder, '_postrider'), run('postrider', ['completion', 'zsh']));
    const script = `fpath=(${folder} $fpath); autoload -U compinit; compinit -u -D; print $_comps[postrider]`;
    expect(linesOf(run('zsh', ['-f', '-c', script]))).toEqual(['_postrider']);
  });
});
