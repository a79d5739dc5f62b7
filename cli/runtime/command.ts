import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Root } from '../program.ts';
import type { Io } from './io.ts';
import { Session } from './session.ts';
import { timeArgument } from './time.ts';

/** Does a command's work in a session with the options that every command has. */
export type Run = (work: (session: Session) => Promise<void>) => Promise<void>;

/** Adds commands to the root. */
export type Group = (root: Root, run: Run) => void;

/** A runner for the commands of a root. */
export function createRunner(root: Root, io: Io): Run {
  return (work) => work(new Session(io, root.opts()));
}

/** An example of a command, shown in its help and in docs/cli.md. */
export interface Example {
  readonly line: string;
  readonly says: string;
}
const examples = new WeakMap<object, Example>();

/** Gives a command its example. @returns the command. */
export function withExample<Any extends { addHelpText(position: 'after', text: string): unknown }>(
  command: Any,
  line: string,
  says: string,
): Any {
  examples.set(command, { line, says });
  command.addHelpText('after', `\nExample: ${says}\n  ${line}`);
  return command;
}

/** The example of a command; undefined for one that only groups others. */
export const exampleOf = (command: object): Example | undefined => examples.get(command);

/** Reads a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('Use a whole number of at least 1.');
}

/** The fields that have a value, for a query or a body. */
export function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}

/** The options of lists. */
export const limitOption = () => new Option('--limit <n>', 'how many at most').argParser(wholeNumber).default(50);
export const allOption = () => new Option('--all', 'the whole list');

/** The filters, which are the same in every command that has them. */
export const tenantOption = () =>
  new Option('--tenant <name>', "the tenant (default: the key's, else default; * for all)");
export const endpointOption = () => new Option('--endpoint <id>', 'an endpoint');
export const typeOption = () => new Option('--type <name>', 'an exact event type');
export const sinceOption = (io: Pick<Io, 'clock'> = { clock: Date.now }) =>
  new Option('--since <time>', 'RFC 3339, or how long ago: 15m, 6h, 7d').argParser((text) =>
    timeArgument(text, io.clock()),
  );
export const untilOption = (io: Pick<Io, 'clock'> = { clock: Date.now }) =>
  new Option('--until <time>', 'like --since; exclusive').argParser((text) => timeArgument(text, io.clock()));

/** For what cannot be undone: needed where nobody can be asked. */
export const yesOption = () => new Option('-y, --yes', 'do not ask');

/** Any command, whatever its options. */
// biome-ignore lint/suspicious/noExplicitAny: the library's types carry each command's own options
export type AnyCommand = Command<any, any, any>;
