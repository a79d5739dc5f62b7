import type { CallFault, OtherFault } from './engine/faults.ts';
import { type LimitChances, SOME_LIMITS } from './engine/limits.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const BEHAVIOURS = [
  'healthy',
  'fails first',
  'hangs',
  'gone',
  'overloaded',
  'dead for a while',
  'flapping',
  'slow',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export const OPERATIONS = [
  'pause',
  'resume',
  'disable',
  'enable',
  'delete',
  'subscribe',
  'filter',
  'limit',
  'create',
  'rotate',
  'replay',
  'send now',
  'test',
  'job',
  'cancel job',
  'move dead letters',
  'move fan-out dead letters',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What may happen in a seed's world. Chances are per occasion, 0 to 1. */
export interface Profile {
  name: string;
  /** How often a call of a port fails, and in which ways. */
  callFaults: number;
  ways: readonly (readonly [CallFault, number])[];
  others: Readonly<Record<OtherFault, number>>;
  limits: LimitChances;
  /** How long faults happen. */
  troubleMs: number;
  /** How long the deliver function is broken once: one of these times. Never, if there is none. */
  breakdownMs: readonly number[];
  publishes: number;
  /** Whether events come at an even rate, and not in bursts. */
  isSteady: boolean;
  /**
   * How many events one event stands for, for the bounds of the tasks and for the CPU of the functions; undefined: what
   * `engine/limits.ts` says.
   */
  scale: number | undefined;
  endpoints: number;
  tenants: number;
  listChance: number;
  /** Events of a list, at most. */
  listMax: number;
  /** How often the data of an event is too large for a message. */
  largeBodies: number;
  keyedChance: number;
  /** A tenant with more index entries than this is read in pages of `pageSize`. */
  smallTenant: number;
  pageSize: number;
  /** Whether tenants are large when an event is first fanned out, and may have shrunk when that is repeated. */
  shrinking: boolean;
  operations: number;
  /** Sessions of people at a browser. */
  sessions: number;
  operationWeights: readonly (readonly [Operation, number])[];
  behaviours: readonly (readonly [Behaviour, number])[];
  retentionMs: number;
  /** How often a batch is as large as it may be. */
  fullBatches: number;
  /** How often a queue delivers a message other than its oldest. */
  disorder: number;
  openAfterFailures: number;
  disableAfterMs: number;
  rateLimited: number;
  /** How often an endpoint has a filter, and how often that is so slow that few fit into one message's budget. */
  filtered: number;
  heavyFilters: number;
  /** How often the line of a rate limit is longer than a message can be delayed. */
  longLines: number;
  /** The interval of the redrive function, in ms. */
  tickMs: number;
  /** Bytes of bodies that one invocation of the deliver function may hold. */
  bodyBytesAtOnce: number;
  /** How often data holds characters that no message can: then its body is not in the message. */
  oddTexts: number;
  /** How often an endpoint's retries wait for longer than SQS can delay. */
  longWaits: number;
  longestStandstillMs: number;
  /** How often one of AWS's services throttles most calls for half an hour. */
  throttling: number;
}

export const NO_OTHERS: Readonly<Record<OtherFault, number>> = {
  timeout: 0,
  outage: 0,
  'sqs duplicate': 0,
  'delete lost': 0,
  'delete late': 0,
  'fan-out fails': 0,
  'bus entry failed': 0,
  'bus duplicate': 0,
  'bus late': 0,
  'bus gave up': 0,
  'bus lost': 0,
  purge: 0,
  'purge of deliveries': 0,
  'purge of work': 0,
  garbage: 0,
  'answer lost': 0,
  'container recycled': 0,
  standstill: 0,
  'little time': 0,
};
export const SOME_OTHERS: Readonly<Record<OtherFault, number>> = {
  timeout: 0,
  outage: 0.002,
  'sqs duplicate': 0.04,
  'delete lost': 0.04,
  'delete late': 0.08,
  'fan-out fails': 0,
  'bus entry failed': 0.08,
  'bus duplicate': 0.08,
  'bus late': 0.08,
  'bus gave up': 0.06,
  'bus lost': 0.01,
  purge: 0.01,
  'purge of deliveries': 0.001,
  'purge of work': 0.01,
  garbage: 0.02,
  'answer lost': 0.1,
  'container recycled': 0.05,
  standstill: 0.001,
  'little time': 0.1,
};

const EVERY_WAY = [
  ['before', 3],
  ['after', 3],
  ['throttle', 2],
  ['repeated', 2],
  ['partial', 2],
  ['delay', 2],
  ['crash', 3],
] as const;
const BEHAVIOUR_MIX = [
  ['healthy', 5],
  ['fails first', 5],
  ['hangs', 2],
  ['gone', 0.5],
  ['overloaded', 2],
  ['dead for a while', 3],
  ['flapping', 4],
  ['slow', 1],
] as const;
const OPERATION_MIX = [
  ['pause', 3],
  ['resume', 4],
  ['disable', 1],
  ['enable', 2],
  ['delete', 0.7],
  ['subscribe', 1],
  ['filter', 1],
  ['limit', 1],
  ['create', 1],
  ['rotate', 1],
  ['replay', 4],
  ['send now', 3],
  ['test', 1],
  ['job', 2],
  ['cancel job', 0.5],
  ['move dead letters', 4],
  ['move fan-out dead letters', 2],
] as const;

/** A little of everything; the base of the other profiles. */
export const MIXED: Profile = {
  name: 'mixed',
  callFaults: 0.05,
  ways: EVERY_WAY,
  others: SOME_OTHERS,
  limits: SOME_LIMITS,
  troubleMs: 2 * HOUR,
  breakdownMs: [],
  publishes: 5,
  isSteady: false,
  scale: undefined,
  endpoints: 4,
  tenants: 2,
  listChance: 0.3,
  listMax: 4,
  largeBodies: 0.01,
  keyedChance: 0.7,
  smallTenant: 200,
  pageSize: 200,
  shrinking: false,
  operations: 5,
  sessions: 0,
  operationWeights: OPERATION_MIX,
  behaviours: BEHAVIOUR_MIX,
  retentionMs: 30 * DAY,
  fullBatches: 0,
  disorder: 0.3,
  openAfterFailures: 10,
  disableAfterMs: 5 * DAY,
  rateLimited: 0.15,
  filtered: 0.15,
  heavyFilters: 0,
  longLines: 0.02,
  tickMs: MINUTE,
  bodyBytesAtOnce: 40 * 1024 * 1024,
  oddTexts: 0.05,
  longWaits: 0.3,
  longestStandstillMs: 3 * HOUR,
  throttling: 0.1,
};
