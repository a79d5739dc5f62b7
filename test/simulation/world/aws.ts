import type { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { Account } from '../engine/account.ts';
import type { Chance } from '../engine/chance.ts';
import type { FunctionName } from '../engine/container.ts';
import { drawLimits, type Limit, type Reached } from '../engine/limits.ts';
import { Partitions } from '../engine/partitions.ts';
import { Polls } from '../engine/polls.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { Profile } from '../profile.ts';

export interface AwsOptions {
  profile: Profile;
  chance: Chance;
  scheduler: Scheduler;
  queues: QueueModel;
  reached: (what: Reached) => void;
}

/**
 * The CPU per message or record if each stands for many, in ms. The redrive function returns 2,000 dead letters a second. The
 * 50 invocations of the fan-out share its messages, the 500 of the deliver function theirs: here there are 4 and 6.
 */
function scaledCpu(scale: number): Record<FunctionName, number> {
  const [redrive, fanout, deliver] = [0.42, (2 / 50) * 4, (3.5 / 500) * 6];
  return { ingest: 1, api: 1, redrive: redrive * scale, fanout: fanout * scale, deliver: deliver * scale };
}

const MB = 1024 * 1024;
/** As in adapters/aws-client.ts. */
const SOCKETS = 200;

/** AWS's limits in one world. */
export class Aws {
  readonly limits: ReadonlySet<Limit>;
  readonly polls: Polls;
  /** Undefined without the limit. */
  readonly partitions: Partitions | undefined;
  readonly #socketsMax: number | undefined;
  readonly #cpuMs: Readonly<Record<FunctionName, number>> | undefined;
  readonly #memoryMax: Readonly<Partial<Record<FunctionName, number>>>;
  readonly #account: Account | undefined;

  constructor({ profile, chance, scheduler, queues, reached }: AwsOptions) {
    this.limits = drawLimits(profile.limits, (limit) => chance.happens(limit));
    this.polls = new Polls({ queues, chance, reached, isLimited: this.limits.has('polls') });
    // AWS takes 1,000 units a second. What matters is for how many seconds an event's writes use them up: twenty deliveries at
    // 1 unit are as twenty thousand at 1,000.
    const unitsPerSecond = chance.pick([0.5, 1, 4]);
    // As in AWS, a partition takes the writes of a fan-out's page at once.
    const burst = 2 * profile.endpoints;
    if (this.limits.has('partitions')) {
      this.partitions = new Partitions({ now: () => scheduler.now, unitsPerSecond, burst });
    }
    const socketsMax = chance.pick([1, 3, 10]);
    this.#socketsMax = this.limits.has('sockets') ? socketsMax : undefined;
    // A message takes 0.3 to 2 ms at 0.29 of a core. Batches of deliveries are as large as in AWS; fan-outs are smaller, and
    // backlogs much smaller: one of their messages stands for ten or a hundred.
    const ms = 0.3 + 1.7 * chance.unit();
    const [fanout, redrive] = [10 * ms, ms * chance.pick([10, 100])];
    if (this.limits.has('cpu')) this.#cpuMs = { ingest: ms, api: ms, deliver: ms, fanout, redrive };
    if (profile.scale !== undefined) this.#cpuMs = scaledCpu(profile.scale);
    // 350 MB of 512 MB are free in AWS. A fan-out of such a size has no place in a seed: what its bounds allow takes 48 MB
    // here. A batch of 30 deliveries with bodies of 61 KB stands for one of 100 with bodies of 1 MB.
    const deliver = chance.pick([4, 6]) * MB;
    this.#memoryMax = {
      ...(this.limits.has('fanoutMemory') && { fanout: 48 * MB }),
      ...(this.limits.has('deliverMemory') && { deliver }),
    };
    if (this.limits.has('concurrency')) {
      const untilMs = scheduler.now + chance.unit() * profile.troubleMs;
      this.#account = new Account(chance.whole(1, 4), untilMs, () => scheduler.now);
    }
  }

  /** The CPU that a function needs for one message, in ms; undefined without the limit. */
  cpuMs = (fn: FunctionName): number | undefined => this.#cpuMs?.[fn];

  /**
   * The sockets of one AWS client in one container; undefined without the limit. There are 200, for a hundred times as many
   * concurrent calls as here; those of the redrive function, which reads shard by shard, are as many as in AWS.
   */
  socketsMax = (fn: FunctionName): number | undefined =>
    this.#socketsMax !== undefined && fn === 'redrive' ? SOCKETS : this.#socketsMax;

  /** The memory that a function has for its work, in bytes; undefined without the limit. */
  memoryMax = (fn: FunctionName): number | undefined => this.#memoryMax[fn];

  /** Whether another invocation may begin while so many run. */
  admits(running: number): boolean {
    return this.#account?.admits(running) ?? true;
  }
}
