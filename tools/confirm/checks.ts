import type { AnyCheck } from './check.ts';
import * as deadLetters from './checks/dead-letters.ts';
import * as functions from './checks/functions.ts';
import * as gateway from './checks/gateway.ts';
import * as queues from './checks/queues.ts';
import * as stage from './checks/stage.ts';

const isCheck = (exported: unknown): exported is AnyCheck =>
  typeof exported === 'object' && exported !== null && 'outcome' in exported;

/** Every check: one for each row of docs/confirm-on-aws.md. */
export const checks: readonly AnyCheck[] = [deadLetters, queues, functions, gateway, stage].flatMap((group) =>
  Object.values(group).filter(isCheck),
);
