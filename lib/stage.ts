/** Where Postrider runs: on one machine, in a shared account for trying things, or for real. */
export type StageName = 'local' | 'dev' | 'prod';

/** The Lambdas of the pipeline; each is a folder in `lambdas/`. */
export type FunctionName = 'ingest' | 'fanout' | 'deliver' | 'redrive' | 'api';

/** What a function gets from Lambda. CPU is dealt out by memory: 1,769 MB is one core. */
export interface FunctionNumbers {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** How a queue feeds its function. */
export interface QueueNumbers {
  /**
   * At least 6 times the function's timeout, and the window, as AWS recommends: a throttled batch must not come back while
   * it is still tried.
   */
  readonly visibilitySeconds: number;
  readonly batchSize: number;
  /** How long a batch is gathered. Lambda asks for at least 1 s when a batch is larger than 10. */
  readonly windowSeconds: number;
  /** The event source mapping's MaximumConcurrency (2-1,000): the only limit that does not burn receive counts. */
  readonly concurrencyMax: number;
}

/** When an endpoint that fails is left alone. */
export interface CircuitNumbers {
  /** Consecutive failures that open its circuit. */
  readonly opensAfterFailures: number;
  /** It is disabled after failing for so long without a success, and so often. */
  readonly disabledAfterDays: number;
  readonly disabledAfterFailures: number;
}

/** Every number and switch in which two stages may differ. */
export interface Stage {
  readonly name: StageName;
  readonly functions: Readonly<Record<FunctionName, FunctionNumbers>>;
  readonly fanoutQueue: QueueNumbers;
  /** The fast lane. */
  readonly deliveryQueue: QueueNumbers;
  /** The slow lane: endpoints that let requests wait share invocations, and never hold the fast lane's concurrency. */
  readonly slowDeliveryQueue: QueueNumbers;
  /** Background jobs: a message is a slice of work, about 40 s long. */
  readonly jobsQueue: QueueNumbers;
  /** Tallies of attempts. What is gathered in one window is one write for each endpoint and hour. */
  readonly statsQueue: QueueNumbers;
  readonly circuit: CircuitNumbers;
  readonly waitingShards: number;
  readonly listShards: number;
  /** How many held deliveries of one endpoint are let go a second once its gate is open again. */
  readonly releasePerSecond: number;
  /** Life of the ledger's items and of the payloads. */
  readonly retentionDays: number;
  readonly sourceQueueRetentionDays: number;
  /** More than the source queues': a message that SQS moves keeps its age. 14 days is the most that SQS offers. */
  readonly deadLetterRetentionDays: number;
  readonly logRetentionDays: number;
  /** Requests to the API: steady rate a second, and burst. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly egress: { readonly allowedCidrs: readonly string[]; readonly allowHttp: boolean };
  /** Whether tables, payloads and the key outlive their stack and refuse deletion. */
  readonly keepState: boolean;
  readonly terminationProtection: boolean;
}

/** Receives before SQS moves a message to the dead-letter queue. AWS advises at least 5 under a Lambda: throttles count too. */
export const RECEIVES_MAX = 5;

// 512 MB is 0.29 of a core. A batch of ten deliveries needs about 30 ms of CPU and waits for the network the rest of
// the time; at 256 MB the TLS handshakes and the cold start double, at 1,024 MB the waiting costs double.
const memoryMb = 512;

const everywhere = {
  functions: {
    ingest: { timeoutSeconds: 10, memoryMb },
    fanout: { timeoutSeconds: 30, memoryMb },
    deliver: { timeoutSeconds: 60, memoryMb },
    redrive: { timeoutSeconds: 60, memoryMb },
    api: { timeoutSeconds: 15, memoryMb },
  },
  // Two at a time, the least that a mapping allows: each sends up to releasePerSecond, and none is in a hurry.
  jobsQueue: { visibilitySeconds: 360, batchSize: 1, windowSeconds: 0, concurrencyMax: 2 },
  circuit: { opensAfterFailures: 10, disabledAfterDays: 5, disabledAfterFailures: 10 },
  releasePerSecond: 100,
  retentionDays: 30,
  sourceQueueRetentionDays: 4,
  deadLetterRetentionDays: 14,
  egress: { allowedCidrs: [], allowHttp: false },
} as const satisfies Partial<Stage>;

const fanoutQueue = { visibilitySeconds: 180, batchSize: 10, windowSeconds: 0 } as const;
const deliveryQueue = { visibilitySeconds: 360, batchSize: 10, windowSeconds: 0 } as const;
const slowDeliveryQueue = { visibilitySeconds: 360, batchSize: 100, windowSeconds: 1 } as const;
// The most that Lambda takes: a batch ends with the window or at 6 MB.
const statsQueue = { visibilitySeconds: 420, batchSize: 10_000, windowSeconds: 60, concurrencyMax: 2 } as const;

/** The stages, side by side. The reasons for the numbers are in docs/architecture.md. */
export const stages: Readonly<Record<StageName, Stage>> = {
  local: {
    ...everywhere,
    name: 'local',
    fanoutQueue: { ...fanoutQueue, concurrencyMax: 10 },
    deliveryQueue: { ...deliveryQueue, concurrencyMax: 200 },
    slowDeliveryQueue: { ...slowDeliveryQueue, concurrencyMax: 20 },
    // Who tries the product wants to see figures at once.
    statsQueue: { ...statsQueue, windowSeconds: 1 },
    waitingShards: 4,
    listShards: 4,
    logRetentionDays: 7,
    throttle: { rate: 5_000, burst: 2_500 },
    // Receivers of a local run live on loopback, without certificates. No deployed stage may reach it: in Lambda,
    // loopback is the runtime API.
    egress: { allowedCidrs: ['127.0.0.0/8', '::1/128'], allowHttp: true },
    keepState: false,
    terminationProtection: false,
  },
  dev: {
    ...everywhere,
    name: 'dev',
    fanoutQueue: { ...fanoutQueue, concurrencyMax: 5 },
    deliveryQueue: { ...deliveryQueue, concurrencyMax: 20 },
    slowDeliveryQueue: { ...slowDeliveryQueue, concurrencyMax: 5 },
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
    deliveryQueue: { ...deliveryQueue, concurrencyMax: 500 },
    slowDeliveryQueue: { ...slowDeliveryQueue, concurrencyMax: 50 },
    statsQueue,
    waitingShards: 16,
    listShards: 8,
    logRetentionDays: 90,
    // Half of an account's default quota, so that this API cannot starve the others in the region.
    throttle: { rate: 5_000, burst: 2_500 },
    keepState: true,
    terminationProtection: true,
  },
};

/**
 * The stage of a name, with the settings that may be given from outside: `POSTRIDER_CIRCUIT_FAILURES`, the consecutive
 * failures that open an endpoint's circuit.
 * @throws Error that lists the known stages, or says what the setting may be.
 */
export function stageOf(name: string, { POSTRIDER_CIRCUIT_FAILURES }: Readonly<NodeJS.ProcessEnv> = {}): Stage {
  const stage = Object.values(stages).find((candidate) => candidate.name === name);
  if (stage !== undefined && POSTRIDER_CIRCUIT_FAILURES === undefined) return stage;
  if (stage !== undefined) {
    const opensAfterFailures = Number(POSTRIDER_CIRCUIT_FAILURES);
    if (Number.isSafeInteger(opensAfterFailures) && opensAfterFailures >= 1) {
      return { ...stage, circuit: { ...stage.circuit, opensAfterFailures } };
    }
    throw new Error('POSTRIDER_CIRCUIT_FAILURES must be a whole number from 1 on, such as 10.');
  }
  throw new Error(`There is no stage "${name}". Set POSTRIDER_STAGE to one of: ${Object.keys(stages).join(', ')}.`);
}
