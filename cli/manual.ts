import type { AnyCommand } from './runtime/command.ts';
import { exampleOf } from './runtime/command.ts';

const INTRODUCTION = `# The command line

\`npx postrider\` operates Postrider from a checkout, as soon as \`npm ci\` has run. Every command has \`--help\`.

This page is made from the commands: \`npm run manual\` writes it, and a test holds it against them.

## Where it goes

\`POSTRIDER_API_URL\` and \`POSTRIDER_API_KEY\` go before everything else. Without them: the stage that \`--stage\` names, whose URL is read
from the outputs of its stacks with your AWS credentials; else the profile of \`--profile\`, or the one in use (\`postrider login\`); else the
product that runs on this machine (\`npm start\`), by \`outputs.json\` in \`POSTRIDER_DATA\` (\`.postrider\`).

Profiles are in \`~/.config/postrider/profiles.json\`, which only you may read.

## What it prints

Data goes to standard output, all else to standard error. On a terminal, lists are tables with local times, whose columns go on
below where there is no room; elsewhere a line for each item, values between tabs, and times are RFC 3339 in UTC. \`--json\` prints
the API's JSON as it answered, lists as a line for each item, and no notes: a list ends at \`--limit\`.

| exit code | means |
|---|---|
| 0 | done |
| 1 | refused, failed, or something is wrong |
| 2 | the command line is not valid |
| 4 | not signed in, or not allowed |
| 130 | interrupted |

What cannot be undone asks first. Without a terminal it needs \`--yes\`, and no command waits for input.

## Commands
`;

/** docs/cli.md, made from the commands. */
export function manual(root: AnyCommand): string {
  return `${INTRODUCTION}\n${root.commands
    .filter(isShown)
    .flatMap((command) => sectionsOf(command, 'postrider'))
    .join('\n')}`;
}

const isShown = (command: AnyCommand) => command.name() !== 'help' && command.name() !== 'complete';

function sectionsOf(command: AnyCommand, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  const children = command.commands.filter(isShown);
  if (children.length > 0) return children.flatMap((child) => sectionsOf(child, name));
  const operands = command.registeredArguments.map((one) => {
    const text = `${one.name()}${one.variadic ? '...' : ''}`;
    return one.required ? `<${text}>` : `[${text}]`;
  });
  const example = exampleOf(command);
  const rows = [
    ...command.registeredArguments.map((one) => [`\`${one.name()}\``, withChoices(one.description, one.argChoices)]),
    ...command.options.filter(({ hidden }) => !hidden).map((one) => [`\`${one.flags}\``, describe(one)]),
  ];
  return [
    `### \`${[name, ...operands].join(' ')}\`\n`,
    `${sentence(command.description())}\n`,
    ...(rows.length === 0
      ? []
      : [
          `| argument or option | meaning |\n|---|---|\n${rows.map((row) => `| ${row.map(inCell).join(' | ')} |`).join('\n')}\n`,
        ]),
    ...(example === undefined ? [] : [`${sentence(example.says)}\n\n\`\`\`sh\n${example.line}\n\`\`\`\n`]),
  ];
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
const inCell = (text: string) => text.replaceAll('|', '\\|');

interface Described {
  readonly description: string;
  readonly argChoices?: readonly string[] | undefined;
  readonly mandatory: boolean;
  readonly defaultValue?: unknown;
}

function describe({ description, argChoices, mandatory, defaultValue }: Described): string {
  const notes = [
    ...(mandatory && defaultValue === undefined ? ['required'] : []),
    ...(defaultValue !== undefined ? [`default: ${String(defaultValue)}`] : []),
  ];
  return withChoices(description, argChoices) + (notes.length === 0 ? '' : ` (${notes.join(', ')})`);
}

function withChoices(description: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? description : `${description}: ${choices.join(', ')}`;
}
