/** Where Postrider runs: on one machine, in a shared account for experiments, or in production. */
export type StageName = 'local' | 'dev' | 'prod';

/** The Lambdas of the pipeline; each is a folder in `lambdas/`. */
export type FunctionName = 'ingest' | 'fanout' | 'deliver' | 'redrive' | 'api' | 'portal' | 'heartbeat';

/** A function's limits. CPU is proportional to memory: 1,769 MB is one core. */
export interface FunctionNumbers {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** How a queue feeds its function. */
export interface QueueNumbers {
  /**
   * At least 6 times the function's timeout, plus the window, as AWS recommends: a throttled batch must not become
   * visible while it is still being tried.
   */
  readonly visibilitySeconds: number;
  readonly batchSize: number;
  /** How long a batch is gathered. Lambda requires at least 1 s for batches larger than 10. */
  readonly windowSeconds: number;
  /** The event source mapping's MaximumConcurrency (2-1,000): the only limit that does not use up receive counts. */
  readonly concurrencyMax: number;
}

/** When a failing endpoint's circuit opens, and when the endpoint is disabled. */
export interface CircuitNumbers {
  /** Consecutive failures that open its circuit. */
  readonly opensAfterFailures: number;
  /** It is disabled after failing for this long without a success, and at least this often. */
  readonly disabledAfterDays: number;
  readonly disabledAfterFailures: number;
}

/** Another threshold or severity for an alarm, or none at all. */
export interface AlarmOverride {
  readonly threshold?: number;
  readonly severity?: 'page' | 'ticket';
  readonly off?: true;
}

/** How a stage is watched. */
export interface AlarmSettings {
  /** Get an e-mail from both topics. Each address must confirm its subscription once. */
  readonly emails: readonly string[];
  /** By the alarm's name. An unknown name fails the synthesis. */
  readonly overrides: Readonly<Record<string, AlarmOverride>>;
  /** US dollars a month, of everything that carries the stage's tag. Null: no budget. */
  readonly monthlyBudget: number | null;
  /** Where docs/runbook.md can be read, for the links in the alarms. Without it they say `docs/runbook.md`. */
  readonly runbookUrl?: string;
}

/** Every number and switch that may differ between stages. */
export interface Stage {
  readonly name: StageName;
  readonly functions: Readonly<Record<FunctionName, FunctionNumbers>>;
  readonly fanoutQueue: QueueNumbers;
  /** The pages of wide events, which never occupy the fan-out queue's concurrency. */
  readonly bulkFanoutQueue: QueueNumbers;
  /** The fast lane. */
  readonly deliveryQueue: QueueNumbers;
  /** The slow lane: slow endpoints share invocations, and never occupy the fast lane's concurrency. */
  readonly slowDeliveryQueue: QueueNumbers;
  /** The bulk lane: a tenant's wide events share invocations, and never occupy the fast lane's concurrency. */
  readonly bulkDeliveryQueue: QueueNumbers;
  /** Background jobs: a message is a slice of work of about 40 s. */
  readonly jobsQueue: QueueNumbers;
  /** Tallies of attempts. One window causes one write per endpoint and hour. */
  readonly statsQueue: QueueNumbers;
  /** Parts of scheduled tasks that a run had no time for. */
  readonly continuationsQueue: QueueNumbers;
  readonly circuit: CircuitNumbers;
  readonly waitingShards: number;
  readonly listShards: number;
  /** How many held deliveries are released per endpoint and second, once nothing holds them. */
  readonly releasePerSecond: number;
  /** Retention of the ledger's items and of the payloads. */
  readonly retentionDays: number;
  /** What a source queue no longer keeps is deleted, not dead-lettered: 14 days is the maximum of SQS. */
  readonly sourceQueueRetentionDays: number;
  /** Counted from when a message was sent: what SQS moves keeps its age, and stays for the rest of the 14 days. */
  readonly deadLetterRetentionDays: number;
  readonly logRetentionDays: number;
  /** Retention of the audit trail's entries; null keeps them for ever. See `auditRetention`. */
  readonly auditRetentionDays: number | null;
  /** Writes a second to the ledger, in write units. Null leaves both to DynamoDB. */
  readonly ledgerWrites: {
    /** What it must take at once: a new table takes 4,000 and doubles as it is used. Warming is charged once. */
    readonly warm: number | null;
    /** A ceiling on what an error or an attacker can cost. Above it, writes are throttled and retried. */
    readonly max: number | null;
  };
  /** ARNs of AWS roles whose holders may sign in to the console, by the role that they get. None: there are no routes for it. */
  readonly signInRoles: { readonly viewer: readonly string[]; readonly admin: readonly string[] };
  /** Where browsers find the API: a custom domain. Null: the API's own address. */
  readonly publicUrl: string | null;
  /** Requests to the API: steady rate per second, and burst. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /**
   * Reserved concurrency: a floor for publishing and for the scheduled tasks, whatever the account's other functions do.
   * Undefined: none. A reservation is taken from the account's quota, and is a limit too. See `reservedLeast`.
   */
  readonly reserved?: { readonly ingest: number; readonly redrive: number };
  /** Metrics, alarms and the dashboard. Null: none of them, and no cost. */
  readonly alarms: AlarmSettings | null;
  /** Whether an event of our own goes all the way through the product every five minutes. */
  readonly heartbeat: boolean;
  /** Within how many seconds it must arrive: at most 60, which the function has time for. */
  readonly heartbeatSeconds: number;
  /** Whether the functions send traces to CloudWatch Application Signals. */
  readonly tracing: boolean;
  /** One in so many acknowledged attempts is logged; failed ones always are. */
  readonly logOneIn: number;
  readonly egress: {
    readonly allowedCidrs: readonly string[];
    readonly allowHttp: boolean;
    /** Whether AWS's resolver answers: one that does not is at fault itself. A local run may be without a network. */
    readonly hasResolver: boolean;
  };
  /** The origins whose pages may show the portal in a frame, such as https://app.example.com. */
  readonly portalOrigins: readonly string[];
  /** Whether tables, payloads and the key outlive their stack and refuse deletion. */
  readonly keepState: boolean;
  readonly terminationProtection: boolean;
}

/**
 * Receives before SQS moves a message to the dead-letter queue. AWS recommends at least 5 with Lambda: throttles count
 * too.
 */
export const RECEIVES_MAX = 5;

// 512 MB is 0.29 of a core. A batch of ten deliveries needs about 30 ms of CPU and waits for the network the rest of
// the time; at 256 MB the TLS handshakes and the cold start double, at 1,024 MB the waiting costs double.
const memoryMb = 512;

const everywhere = {
  functions: {
    // Of the functions behind the API: at least two tries of an AWS call, and a second for the answer.
    ingest: { timeoutSeconds: 10, memoryMb },
    fanout: { timeoutSeconds: 30, memoryMb },
    // At most 30 s for the endpoint's answer, 15 s to record it, and as much before.
    deliver: { timeoutSeconds: 60, memoryMb },
    redrive: { timeoutSeconds: 60, memoryMb },
    api: { timeoutSeconds: 15, memoryMb },
    // It reads a file.
    portal: { timeoutSeconds: 5, memoryMb },
    // It waits 60 s for its delivery.
    heartbeat: { timeoutSeconds: 90, memoryMb },
  },
  // Two at a time, the minimum of a mapping: each sends up to releasePerSecond, and none is urgent.
  jobsQueue: { visibilitySeconds: 360, batchSize: 1, windowSeconds: 0, concurrencyMax: 2 },
  // A part at a time, so that it has a whole invocation.
  continuationsQueue: { visibilitySeconds: 360, batchSize: 1, windowSeconds: 0, concurrencyMax: 4 },
  circuit: { opensAfterFailures: 10, disabledAfterDays: 5, disabledAfterFailures: 10 },
  releasePerSecond: 100,
  retentionDays: 30,
  sourceQueueRetentionDays: 14,
  deadLetterRetentionDays: 14,
  // A year, as PCI DSS asks for, and a month to look at it.
  auditRetentionDays: 400,
  ledgerWrites: { warm: null, max: null },
  signInRoles: { viewer: [], admin: [] },
  publicUrl: null,
  alarms: null,
  heartbeat: false,
  heartbeatSeconds: 60,
  tracing: false,
  logOneIn: 1,
  egress: { allowedCidrs: [], allowHttp: false, hasResolver: true },
  portalOrigins: [],
} as const satisfies Partial<Stage>;

const fanoutQueue = { visibilitySeconds: 180, batchSize: 10, windowSeconds: 0 } as const;
// A message of it is a page of 200 endpoints: a batch of one is as much work as an invocation should begin with.
const bulkFanoutQueue = { ...fanoutQueue, batchSize: 1 } as const;
const deliveryQueue = { visibilitySeconds: 360, batchSize: 10, windowSeconds: 0 } as const;
const slowDeliveryQueue = { visibilitySeconds: 360, batchSize: 100, windowSeconds: 1 } as const;
const bulkDeliveryQueue = slowDeliveryQueue;
// A batch ends with the window or at 6 MB, about as many messages. SQS has at most 120,000 of a queue in flight: 30 batches.
const statsQueue = { visibilitySeconds: 420, batchSize: 4_000, windowSeconds: 60, concurrencyMax: 2 } as const;

/** The stages, side by side. The reasons for the numbers are in docs/architecture.md. */
export const stages: Readonly<Record<StageName, Stage>> = {
  local: {
    ...everywhere,
    name: 'local',
    fanoutQueue: { ...fanoutQueue, concurrencyMax: 10 },
    bulkFanoutQueue: { ...bulkFanoutQueue, concurrencyMax: 2 },
    deliveryQueue: { ...deliveryQueue, concurrencyMax: 200 },
    slowDeliveryQueue: { ...slowDeliveryQueue, concurrencyMax: 20 },
    // One process makes all deliveries here: more, or larger batches, would keep its cores from everybody else's.
    bulkDeliveryQueue: { ...bulkDeliveryQueue, batchSize: 5, concurrencyMax: 2 },
    // Show statistics at once when trying the product.
    statsQueue: { ...statsQueue, windowSeconds: 1 },
    waitingShards: 4,
    listShards: 4,
    logRetentionDays: 7,
    throttle: { rate: 5_000, burst: 2_500 },
    // Receivers of a local run are on loopback, without certificates. No deployed stage may reach it: in Lambda,
    // loopback is the runtime API.
    egress: { allowedCidrs: ['127.0.0.0/8', '::1/128'], allowHttp: true, hasResolver: false },
    keepState: false,
    terminationProtection: false,
  },
  dev: {
    ...everywhere,
    name: 'dev',
    fanoutQueue: { ...fanoutQueue, concurrencyMax: 5 },
    bulkFanoutQueue: { ...bulkFanoutQueue, concurrencyMax: 2 },
    deliveryQueue: { ...deliveryQueue, concurrencyMax: 20 },
    slowDeliveryQueue: { ...slowDeliveryQueue, concurrencyMax: 5 },
    bulkDeliveryQueue: { ...bulkDeliveryQueue, concurrencyMax: 5 },
    statsQueue,
    waitingShards: 4,
    listShards: 4,
    logRetentionDays: 14,
    throttle: { rate: 500, burst: 500 },
    keepState: true,
    terminationProtection: false,
  },
  prod: {
    ...everywhere,
    name: 'prod',
    fanoutQueue: { ...fanoutQueue, concurrencyMax: 50 },
    bulkFanoutQueue: { ...bulkFanoutQueue, concurrencyMax: 20 },
    deliveryQueue: { ...deliveryQueue, concurrencyMax: 500 },
    slowDeliveryQueue: { ...slowDeliveryQueue, concurrencyMax: 50 },
    bulkDeliveryQueue: { ...bulkDeliveryQueue, concurrencyMax: 50 },
    statsQueue: { ...statsQueue, concurrencyMax: 30 },
    waitingShards: 16,
    listShards: 8,
    logRetentionDays: 90,
    // Half of an account's default quota, so that this API cannot starve the others in the region.
    throttle: { rate: 5_000, burst: 2_500 },
    alarms: { emails: [], overrides: {}, monthlyBudget: null },
    heartbeat: true,
    keepState: true,
    terminationProtection: true,
  },
};

/**
 * The retention of the audit trail as the functions read it: days, or an empty text for ever.
 * @throws Error if it is less than a day. It is not the way to say "for ever", which somebody else may take for "nothing".
 */
export function auditRetention({ auditRetentionDays: days }: Pick<Stage, 'auditRetentionDays'>): string {
  if (days === null) return '';
  if (Number.isSafeInteger(days) && days >= 1) return String(days);
  throw new Error('auditRetentionDays must be a whole number of at least 1, or null to keep the audit trail for ever.');
}

/** The stage as its functions' metrics name it; empty where there are none. */
export function metricsStage({ alarms, name }: Pick<Stage, 'alarms' | 'name'>): string {
  return alarms === null ? '' : name;
}
