import { Command } from '@commander-js/extra-typings';
import { VERSION } from '../lambdas/runtime/version.ts';
import { apiCommand } from './commands/api.ts';
import { completionCommands } from './commands/completion.ts';
import { dlqCommands } from './commands/dlq.ts';
import { doctorCommand } from './commands/doctor.ts';
import { endpointCommands } from './commands/endpoints.ts';
import { eventTypeCommands } from './commands/event-types.ts';
import { keyCommands } from './commands/keys.ts';
import { signInCommands } from './commands/sign-in.ts';
import { signatureCommands } from './commands/signatures.ts';
import { statusCommand } from './commands/status.ts';
import { createRunner, type Run } from './runtime/command.ts';
import type { Io } from './runtime/io.ts';

/** The root command, with the options that every command has. */
export function rootCommand() {
  return new Command('postrider')
    .description('Operate Postrider: events, endpoints, deliveries and what failed.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--json', "print the API's JSON; lists as a line for each item")
    .option('--profile <name>', 'use this profile (see postrider login)')
    .option('--stage <name>', 'find the API by the outputs of a deployed stage, with your AWS credentials')
    .option('--region <name>', "AWS region of --stage (default: AWS_REGION, else your AWS profile's)")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError();
}
export type Root = ReturnType<typeof rootCommand>;

/** The whole command line. */
export function createProgram(io: Io): Root {
  const root = rootCommand();
  return withGroups(root, createRunner(root, io));
}

/** The same, to be described and not to be run. */
export function describedProgram(): Root {
  return withGroups(rootCommand(), async () => undefined);
}

function withGroups(root: Root, run: Run): Root {
  const groups = [
    signInCommands,
    statusCommand,
    doctorCommand,
    endpointCommands,
    eventTypeCommands,
    keyCommands,
    dlqCommands,
    signatureCommands,
    apiCommand,
    completionCommands,
  ];
  for (const group of groups) group(root, run);
  return root;
}
