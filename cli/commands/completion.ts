import { Argument } from '@commander-js/extra-typings';
import { type AnyCommand, type Group, withExample } from '../runtime/command.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof SHELLS)[number];

/** Each asks the command itself, so that what it completes is always what the command knows. */
const SCRIPTS: Record<Shell, string> = {
  bash: `_postrider() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(postrider complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _postrider postrider`,
  zsh: `#compdef postrider
_postrider() {
  local -a found
  found=("\${(@f)$(postrider complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _postrider postrider`,
  fish: `complete -c postrider -f -a '(postrider complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName postrider -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  postrider complete -- @words 2>$null | Where-Object { $_ -like "$word*" } |
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
    .argument('[words...]')
    .action((words) =>
      run(async ({ out }) => {
        for (const one of candidates(root, words)) out.data(one);
      }),
    );
};

/** What may stand in place of the last word. */
export function candidates(root: AnyCommand, words: readonly string[]): string[] {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  let command: AnyCommand = root;
  let taken = 0;
  for (const [at, word] of before.entries()) {
    const child = command.commands.find((one) => one.name() === word);
    if (child !== undefined && taken === at) {
      command = child;
      taken = at + 1;
    } else if (taken === at && word.startsWith('-')) {
      // An option before a command, with its value.
      taken = at + 1;
    }
  }
  const options = [...command.options, ...root.options].filter(({ hidden }) => !hidden);
  const previous = options.find(({ long, short }) => before.length > 0 && [long, short].includes(before.at(-1)));
  const wanted =
    previous !== undefined && (previous.required || previous.optional)
      ? (previous.argChoices ?? [])
      : last.startsWith('-')
        ? options.flatMap(({ long }) => long ?? [])
        : [
            ...command.commands
              .filter((one) => one.name() !== 'complete' && one.name() !== 'help')
              .map((one) => one.name()),
            ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
          ];
  return wanted.filter((one) => one.startsWith(last)).sort();
}
