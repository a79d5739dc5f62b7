import { Command } from '@commander-js/extra-typings';
import { VERSION } from '../lambdas/runtime/version.ts';
import { adminKeyCommand } from './commands/admin-key.ts';
import { apiCommand } from './commands/api.ts';
import { auditCommands } from './commands/audit.ts';
import { completionCommands } from './commands/completion.ts';
import { deliveryCommands } from './commands/deliveries.ts';
import { dlqCommands } from './commands/dlq.ts';
import { doctorCommand } from './commands/doctor.ts';
import { endpointCommands } from './commands/endpoints.ts';
import { eventTypeCommands } from './commands/event-types.ts';
import { eventCommands } from './commands/events.ts';
import { filterCommands } from './commands/filters.ts';
import { jobCommands } from './commands/jobs.ts';
import { keyCommands } from './commands/keys.ts';
import { redriveCommands } from './commands/redrives.ts';
import { secretCommands } from './commands/secret.ts';
import { sessionCommands } from './commands/sessions.ts';
import { signInCommands } from './commands/sign-in.ts';
import { signatureCommands } from './commands/signatures.ts';
import { statusCommand } from './commands/status.ts';
import { tailCommand } from './commands/tail.ts';
import { tenantCommands } from './commands/tenants.ts';
import { triggerCommand } from './commands/trigger.ts';
import { unreadableCommands } from './commands/unreadable.ts';
import { createRunner, type Group, type Run } from './runtime/command.ts';
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

const GROUPS: readonly Group[] = [
  signInCommands,
  statusCommand,
  doctorCommand,
  eventCommands,
  triggerCommand,
  tailCommand,
  endpointCommands,
  secretCommands,
  filterCommands,
  deliveryCommands,
  redriveCommands,
  jobCommands,
  dlqCommands,
  unreadableCommands,
  eventTypeCommands,
  tenantCommands,
  keyCommands,
  sessionCommands,
  adminKeyCommand,
  auditCommands,
  signatureCommands,
  apiCommand,
  completionCommands,
];

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
  for (const group of GROUPS) group(root, run);
  return root;
}
