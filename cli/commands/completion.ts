import { Argument, type Option } from '@commander-js/extra-typings';
import { type AnyCommand, type Group, withExample } from '../runtime/command.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof SHELLS)[number];

/**
 * Each asks the command itself, so that what it completes is always what the command knows. Where it knows nothing, shells offer
 * files. bash takes the parts of `--option=value` for words; PowerShell up to 7.2 passes no empty words on.
 */
const SCRIPTS: Record<Shell, string> = {
  bash: `_postrider() {
  local IFS=$'\\n' word="\${COMP_WORDS[COMP_CWORD]}"
  [[ $word == = ]] && word=
  COMPREPLY=($(compgen -W "$(postrider complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word"))
}
complete -o default -F _postrider postrider`,
  zsh: `#compdef postrider
_postrider() {
  local -a found
  found=(\${(f)"$(postrider complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -a found; else _files; fi
}
if [[ $funcstack[1] == _postrider ]]; then _postrider "$@"; else compdef _postrider postrider; fi`,
  fish: `function __postrider_complete
  set -l words (commandline -opc)
  set -l word (commandline -ct)
  set -l found (postrider complete -- $words[2..-1] "$word" 2>/dev/null)
  if set -q found[1]
    string join \\n -- $found
  else
    __fish_complete_path "$word"
  end
end
complete -c postrider -f -a '(__postrider_complete)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName postrider -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object { $_.ToString() })
  $next = if ($word -eq '') { @('--next') } else { @() }
  postrider complete @next -- @words 2>$null |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}`,
};

/** `postrider completion`: scripts that complete commands, options and choices. */
export const completionCommands: Group = (root, run) => {
  withExample(
    root
      .command('completion')
      .description('print the script that completes commands in a shell')
      .addArgument(new Argument('<shell>', 'which').choices(SHELLS)),
    'source <(postrider completion bash)',
    'complete in this shell; put the line into ~/.bashrc for all',
  ).action((shell) => run(async ({ out }) => out.data(SCRIPTS[shell])));

  root
    .command('complete', { hidden: true })
    .option('--next', 'after the last word: another begins')
    .argument('[words...]')
    .action((words, { next }) =>
      run(async ({ out }) => {
        for (const one of candidates(root, next === true ? [...words, ''] : words)) out.data(one);
      }),
    );
};

/** What may stand in place of the last word. */
export function candidates(root: AnyCommand, words: readonly string[]): string[] {
  const { command, operands, option } = read(root, words.slice(0, -1));
  const last = words.at(-1) ?? '';
  const [name = '', value] = partsOf(last);
  if (last === '=') return choicesOf(option, '');
  if (option !== undefined && !last.startsWith('-')) return choicesOf(option, last);
  if (value !== undefined) return choicesOf(optionOf(root, command, name), value).map((choice) => `${name}=${choice}`);
  if (last.startsWith('-'))
    return sorted(['--help', ...optionsOf(root, command).flatMap(({ long }) => long ?? [])], last);
  const { commands, registeredArguments: args } = command;
  const argument = args[operands] ?? args.findLast(({ variadic }) => variadic);
  const names = operands > 0 ? [] : commands.map((one) => one.name()).filter((one) => !UNOFFERED.includes(one));
  return sorted([...names, ...(argument?.argChoices ?? [])], last);
}

/** Called by shells alone; and made by the library, where `--help` does the same. */
const UNOFFERED: readonly string[] = ['complete', 'help'];

/** What words mean: the command, how many operands it has, and an option that still wants a value. */
function read(root: AnyCommand, words: readonly string[]) {
  let command = root;
  let operands = 0;
  let option: Option | undefined;
  for (const word of words) {
    if (word === '=' && option !== undefined) continue;
    if (word.startsWith('-')) {
      const [name = '', value] = partsOf(word);
      const named = optionOf(root, command, name);
      option = value === undefined && named?.required === true ? named : undefined;
    } else if (option !== undefined) {
      if (!option.variadic) option = undefined;
    } else {
      const child = operands === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (child === undefined) operands += 1;
      else command = child;
    }
  }
  return { command, operands, option };
}

/** `--option=value` in two parts. */
function partsOf(word: string): string[] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

const optionsOf = (root: AnyCommand, command: AnyCommand): Option[] =>
  [...new Set([...command.options, ...root.options])].filter(({ hidden }) => !hidden);

const optionOf = (root: AnyCommand, command: AnyCommand, name: string) =>
  optionsOf(root, command).find(({ long, short }) => name === long || name === short);

const choicesOf = (option: Option | undefined, start: string) => sorted(option?.argChoices ?? [], start);

const sorted = (all: readonly string[], start: string) => all.filter((one) => one.startsWith(start)).sort();
