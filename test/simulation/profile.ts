import type { Chance } from './engine/chance.ts';
import type { CallFault, OtherFault } from './engine/faults.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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
  'create',
  'rotate',
  'replay',
  'test',
  'job',
  'cancel job',
  'move letters',
  'move fan-out letters',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a seed's world is like. Chances are per occasion, 0 to 1. */
export interface Profile {
  name: string;
  /** A call of a port fails so often, in these ways. */
  callFaults: number;
  ways: readonly (readonly [CallFault, number])[];
  others: Readonly<Record<OtherFault, number>>;
  /** How long the trouble lasts. */
  troubleMs: number;
  publishes: number;
  endpoints: number;
  tenants: number;
  listChance: number;
  keyedChance: number;
  /** A tenant with more index entries than this is read by pages of so many. */
  smallTenant: number;
  pageSize: number;
  operations: number;
  operationWeights: readonly (readonly [Operation, number])[];
  behaviours: readonly (readonly [Behaviour, number])[];
  retentionMs: number;
  /** How often a queue hands out another than its oldest message. */
  disorder: number;
  openAfterFailures: number;
  disableAfterMs: number;
  rateLimited: number;
  /** How often the line of a rate limit is longer than a message can be delayed. */
  longLines: number;
  /** How often the redrive function is called, in ms. */
  tickMs: number;
  /** Whether endpoints wait for longer than SQS can delay. */
  longWaits: number;
}

const NO_OTHERS: Readonly<Record<OtherFault, number>> = {
  timeout: 0,
  outage: 0,
  'sqs duplicate': 0,
  'delete lost': 0,
  'delete late': 0,
  'bus entry failed': 0,
  'bus duplicate': 0,
  'bus late': 0,
  'bus gave up': 0,
  'answer lost': 0,
  'container recycled': 0,
};
const SOME_OTHERS: Readonly<Record<OtherFault, number>> = {
  timeout: 0,
  outage: 0.002,
  'sqs duplicate': 0.04,
  'delete lost': 0.04,
  'delete late': 0.08,
  'bus entry failed': 0.08,
  'bus duplicate': 0.08,
  'bus late': 0.08,
  'bus gave up': 0.06,
  'answer lost': 0.1,
  'container recycled': 0.05,
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
  ['create', 1],
  ['rotate', 1],
  ['replay', 4],
  ['test', 1],
  ['job', 2],
  ['cancel job', 0.5],
  ['move letters', 4],
  ['move fan-out letters', 2],
] as const;

const MIXED: Profile = {
  name: 'mixed',
  callFaults: 0.05,
  ways: EVERY_WAY,
  others: SOME_OTHERS,
  troubleMs: 2 * HOUR,
  publishes: 5,
  endpoints: 4,
  tenants: 2,
  listChance: 0.3,
  keyedChance: 0.7,
  smallTenant: 200,
  pageSize: 200,
  operations: 5,
  operationWeights: OPERATION_MIX,
  behaviours: BEHAVIOUR_MIX,
  retentionMs: 30 * DAY,
  disorder: 0.3,
  openAfterFailures: 10,
  disableAfterMs: 5 * DAY,
  rateLimited: 0.15,
  longLines: 0.02,
  tickMs: MINUTE,
  longWaits: 0.3,
};

/** Each draws attention to something else; calm ones keep the excuses of the wild ones from hiding everything. */
const PROFILES: readonly Profile[] = [
  MIXED,
  { ...MIXED, name: 'nothing fails', callFaults: 0, others: NO_OTHERS, troubleMs: HOUR },
  {
    ...MIXED,
    name: 'only duplicates',
    callFaults: 0,
    others: { ...NO_OTHERS, 'sqs duplicate': 0.2, 'bus duplicate': 0.3, 'delete lost': 0.15, 'delete late': 0.2 },
    operations: 3,
  },
  { ...MIXED, name: 'only crashes', callFaults: 0.06, ways: [['crash', 1]], others: NO_OTHERS, publishes: 4 },
  {
    ...MIXED,
    name: 'lost answers',
    callFaults: 0.1,
    ways: [
      ['after', 2],
      ['repeated', 2],
      ['partial', 1],
    ],
    others: { ...NO_OTHERS, 'answer lost': 0.3, 'bus entry failed': 0.2 },
  },
  {
    ...MIXED,
    name: 'fan-out in pages',
    smallTenant: 3,
    pageSize: 2,
    operationWeights: [
      ['create', 4],
      ['subscribe', 3],
      ['disable', 1],
      ['enable', 2],
      ['move fan-out letters', 1],
    ],
    endpoints: 9,
    tenants: 1,
    publishes: 3,
    behaviours: [
      ['healthy', 8],
      ['fails first', 2],
      ['flapping', 1],
    ],
    others: { ...SOME_OTHERS, 'bus gave up': 0.1 },
  },
  {
    ...MIXED,
    name: 'operators',
    callFaults: 0.015,
    operations: 16,
    endpoints: 3,
    longWaits: 0.5,
    behaviours: [
      ['healthy', 2],
      ['fails first', 5],
      ['dead for a while', 3],
      ['flapping', 3],
      ['gone', 1],
    ],
  },
  {
    ...MIXED,
    name: 'dead letters',
    callFaults: 0.03,
    endpoints: 3,
    operations: 14,
    longWaits: 0,
    operationWeights: [
      ['move letters', 8],
      ['replay', 5],
      ['job', 5],
      ['cancel job', 1],
      ['move fan-out letters', 1],
    ],
    behaviours: [
      ['fails first', 6],
      ['flapping', 4],
      ['gone', 0.5],
    ],
  },
  {
    ...MIXED,
    name: 'circuits',
    callFaults: 0.02,
    publishes: 9,
    endpoints: 2,
    tenants: 1,
    openAfterFailures: 3,
    disableAfterMs: 3 * HOUR,
    behaviours: [
      ['dead for a while', 6],
      ['flapping', 2],
      ['hangs', 3],
      ['healthy', 1],
    ],
    operations: 4,
    longWaits: 0.1,
    rateLimited: 0,
  },
  {
    ...MIXED,
    name: 'rate limits',
    callFaults: 0.02,
    rateLimited: 0.9,
    longLines: 0.15,
    publishes: 9,
    endpoints: 2,
    tenants: 1,
    listChance: 0.8,
    longWaits: 0.1,
    operations: 2,
  },
  {
    ...MIXED,
    name: 'pausing',
    callFaults: 0.06,
    ways: [['delay', 1]],
    others: { ...NO_OTHERS, 'delete late': 0.1 },
    publishes: 14,
    endpoints: 2,
    tenants: 1,
    operations: 40,
    operationWeights: [
      ['pause', 4],
      ['resume', 5],
    ],
    behaviours: [
      ['healthy', 2],
      ['fails first', 2],
      ['flapping', 1],
    ],
    troubleMs: 14 * MINUTE,
    rateLimited: 0,
    longWaits: 0,
    tickMs: 5 * SECOND,
  },
  {
    ...MIXED,
    name: 'upstream letters',
    callFaults: 0.12,
    ways: [
      ['before', 3],
      ['after', 1],
      ['partial', 3],
      ['crash', 1],
    ],
    others: { ...SOME_OTHERS, 'bus gave up': 0.6 },
    publishes: 6,
    endpoints: 2,
    operations: 2,
  },
  { ...MIXED, name: 'events expire', retentionMs: 5 * HOUR, longWaits: 0.8, troubleMs: 3 * HOUR, operations: 8 },
];

/** The profile of a seed, with a little more or less of everything. */
export function profileOf(seed: number, chance: Chance): Profile {
  const base = PROFILES[seed % PROFILES.length] ?? MIXED;
  const about = (count: number) => Math.max(1, Math.round(count * (0.6 + 0.8 * chance.unit())));
  return {
    ...base,
    callFaults: base.callFaults * (0.4 + 1.2 * chance.unit()),
    publishes: about(base.publishes),
    endpoints: about(base.endpoints),
    operations: base.operations === 0 ? 0 : about(base.operations),
    troubleMs: base.troubleMs * (0.5 + chance.unit()),
  };
}
