import { ApiError } from '@postrider/client';
import { explain, Fault, isCallerRefused, UsageFault } from '../explain.ts';
import { cellOf } from './output.ts';

/** How the command ends. */
export const EXIT = { done: 0, failed: 1, usage: 2, notAllowed: 4, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Nobody is signed in, or the key is not one that may do this. */
export class NotAllowed extends Fault {
  override readonly name = 'NotAllowed';
}

/** Ctrl-C, or a signal that means the same. */
export class Interrupted extends Fault {
  override readonly name = 'Interrupted';

  constructor() {
    super('Interrupted.');
  }
}

/** A command that did its work and found something wrong: it has said what. */
export class Failed extends Fault {
  override readonly name = 'Failed';

  constructor() {
    super('');
  }
}

/** The exit code of what a command has thrown. */
export function exitCodeOf(fault: unknown): ExitCode {
  if (fault instanceof UsageFault) return EXIT.usage;
  if (fault instanceof NotAllowed) return EXIT.notAllowed;
  if (fault instanceof Interrupted) return EXIT.interrupted;
  if (fault instanceof ApiError && (fault.status === 401 || fault.status === 403)) return EXIT.notAllowed;
  if (isCallerRefused(fault)) return EXIT.notAllowed;
  return EXIT.failed;
}

/** How much is shown of an answer that is not Postrider's: it may be a whole page. */
const FOREIGN_MAX = 300;

/** What to tell about a fault: what is wrong and what to do, with the fields of a request that are at fault. */
export function messageOf(fault: unknown): string {
  if (!(fault instanceof ApiError)) return explain(fault);
  const { problem, message, response, status } = fault;
  if (problem === undefined) {
    const next = status === 429 || status >= 500 ? 'Try again, or check the address.' : 'Check the address.';
    return `${cellOf(message).slice(0, FOREIGN_MAX)}\nThat is no answer of Postrider's own. ${next}`;
  }
  if (problem.errors === undefined) return message;
  const faults = problem.errors.map(({ path, message: says }) => `  ${path === '' ? 'input' : path}: ${says}`);
  return [`Answered ${fault.status} by ${response.url}: ${problem.detail}`, ...faults].join('\n');
}
