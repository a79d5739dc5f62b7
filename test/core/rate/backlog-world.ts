import { deliverBatch } from '../../../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../../../core/deliveries/endpoint-cache.ts';
import { deliveryMessage, type ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { DeliverPorts } from '../../../core/deliveries/ports.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { createHealthTracker } from '../../../core/endpoints/health-tracker.ts';
import { createRateLimiter } from '../../../core/rate/limiter.ts';
import { Room } from '../../../core/room.ts';
import { sweepDue } from '../../../core/waiting-room/sweep.ts';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../fakes/deliveries.ts';
import { createMemoryDeliveryQueue } from '../../fakes/delivery-queue.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { createMemoryRateSlots } from '../../fakes/rate-slots.ts';
import { Scheduler } from '../../simulation/engine/scheduler.ts';
import { aMessage, anEndpoint, SECRET, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { aRun } from '../../support/task-run.ts';

export interface Stretch {
  at: number;
  ms: number;
}

/** One endpoint with a limit and many containers. Times in ms. */
export interface Backlog {
  seed: number;
  perSecond: number;
  containers: number;
  /** When events arrive, since the start. */
  events: readonly number[];
  /** When nothing is received, since the start, and for how long. */
  standstills: readonly Stretch[];
  /** When the ledger does not answer; it then answers everything at once. */
  hangs: readonly Stretch[];
  /** AWS calls take up to this long in each direction; one in fifty takes ten times as long. */
  callMs: number;
  /** How often a change of the marks fails after it took effect, or before. */
  failing: number;
}

/** The result. */
export interface Posted {
  /** When each POST started, since the start. */
  posts: number[];
  /** Messages that were sent to the line. */
  linedUp: number;
  /** The total time that processes waited for permits. */
  waitedMs: number;
  delivered: number;
  /** The most POSTs of one delivery, and the most times that one was sent on. */
  attempts: number;
  steps: number;
}

const POLL_MS = 40;

/** Delivers a whole backlog, with all steps from queue to POST, in virtual time. */
export async function deliverBacklog(backlog: Backlog): Promise<Posted> {
  const scheduler = new Scheduler(START, backlog.seed);
  const random = seededRandom(backlog.seed);
  const clock = () => scheduler.now;
  const later = (ms: number) => new Promise<void>((resolve) => scheduler.after(ms, resolve));
  const call = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    const ms = backlog.callMs * (random.unit() < 0.02 ? 10 : 1);
    await later(random.unit() * ms);
    const result = await act();
    await later(random.unit() * ms);
    return result;
  };
  /** The end of the current period; now if there is none. */
  const endOf = (stretches: readonly Stretch[]) =>
    Math.max(clock(), ...stretches.filter(({ at }) => START + at <= clock()).map(({ at, ms }) => START + at + ms));
  const ofLedger = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    const result = await call(act);
    await later(endOf(backlog.hangs) - clock());
    return result;
  };
  let ids = 0;
  const queues = new QueueModel({ now: clock, newId: () => `m${++ids}` });
  const arn = queues.createQueue('delivery', { VisibilityTimeout: '360' });
  const queue = createMemoryDeliveryQueue(queues, { fast: arn, slow: arn, bulk: arn }, random);
  const registry = new MemoryEndpointStore(new MemoryAudit());
  registry.endpoints.set('ep_1', anEndpoint({ rateLimitPerSecond: backlog.perSecond }));
  registry.health.set('ep_1', { ...freshHealth('ep_1'), lane: 'fast', revision: 1 });
  const ledger = new MemoryDeliveryLedger(registry);
  const slots = createMemoryRateSlots();
  const seen: Posted = { posts: [], linedUp: 0, waitedMs: 0, delivered: 0, attempts: 0, steps: 0 };

  /** The state of one container from its cold start on. */
  function coldStart() {
    const cache = createEndpointCache(clock);
    const ports: DeliverPorts = {
      ledger: {
        load: (...args) => ofLedger(() => ledger.load(...args)),
        find: (key) => ofLedger(() => ledger.find(key)),
        put: (record, expected) =>
          ofLedger(async () => {
            const written = await ledger.put(record, expected);
            if (written && record.status === 'delivered') seen.delivered += 1;
            return written;
          }),
        countDeaths: ledger.countDeaths,
      },
      queue: {
        send: (messages) => {
          seen.linedUp += messages.length;
          return call(() => queue.send(messages));
        },
      },
      payloads: { get: async () => '{}' },
      secrets: { open: () => call(async () => SECRET) },
      sender: {
        send: async () => {
          const at = clock();
          seen.posts.push(at - START);
          await later(random.unit() * 300);
          return { at, durationMs: 1, statusCode: 200, errorCode: null, retryAfter: null, responseExcerpt: '' };
        },
      },
      endpoints: { disable: async () => undefined },
      health: createHealthTracker({
        store: registry.healthStore,
        noteHealth: cache.noteHealth,
        rules: { openAfterFailures: 10, disableAfterMs: Number.POSITIVE_INFINITY, disableAfterFailures: 10 },
        clock,
        random,
      }),
      rate: createRateLimiter(
        {
          take: (...args) =>
            call(async () => {
              const fails = random.unit() < backlog.failing;
              if (fails && random.unit() < 0.5) throw new Error('before');
              const taken = await slots.take(...args);
              if (fails) throw new Error('after');
              return taken;
            }),
        },
        clock,
      ),
      bodies: new Room(1),
      changeVisibility: async () => undefined,
      observer: {
        attempted: () => undefined,
        ended: () => undefined,
        notAttempted: () => undefined,
        retrying: () => undefined,
        healthNotUpdated: () => undefined,
      },
      clock,
      random,
      wait: (ms) => {
        seen.waitedMs += ms;
        return later(ms);
      },
      after: () => () => undefined,
      remainingMs: () => 60_000,
      unrecordedResults: new Map(),
      functionTimeoutMs: 60_000,
      userAgent: 'Postrider/test',
    };
    return { cache, ports, busy: false };
  }
  const containers = Array.from({ length: backlog.containers }, coldStart);
  function poll(): void {
    for (const container of endOf(backlog.standstills) > clock() ? [] : containers) {
      if (container.busy) continue;
      const batch = queues.receive(arn, { max: 10 }).map(
        (stored): ReceivedDelivery => ({
          ...{ messageId: stored.messageId, receiptHandle: stored.receiptHandle, receiveCount: stored.receiveCount },
          ...{ sentAt: stored.sentAtMs, firstReceivedAt: stored.firstReceivedAtMs ?? clock(), lane: 'fast' },
          message: deliveryMessage.parse(JSON.parse(stored.body)),
        }),
      );
      if (batch.length === 0) break;
      container.busy = true;
      void deliverBatch(batch, container.cache, container.ports).then((handled) => {
        for (const { received, verdict } of handled)
          if (verdict === 'acknowledge') queues.delete(arn, received.receiptHandle);
        container.busy = false;
      });
    }
    // Messages sent meanwhile are delayed by at least a second.
    const nextAt = Math.min(queues.nextVisibleAtMs(arn) ?? Number.POSITIVE_INFINITY, clock() + 1_000);
    scheduler.at(Math.max(nextAt, endOf(backlog.standstills), clock() + POLL_MS * (0.5 + random.unit())), poll);
  }

  const room = createMemoryWaitingRoom(ledger);
  /** Sweeps deliveries that were sent to the waiting room because the limit answered too slowly. */
  function sweep(): void {
    void sweepDue(aRun(clock()), { room, ledger, queue, clock, shards: 1 });
    scheduler.at(clock() + 60_000, sweep);
  }

  for (const [at, ms] of backlog.events.entries()) {
    const message = aMessage({ eventId: `evt_${at}`, acceptedAt: START + ms });
    scheduler.at(START + ms, () => void queue.send([{ message, delaySeconds: 0 }]));
  }
  poll();
  sweep();
  const lastMs = Math.max(...backlog.events, ...backlog.standstills.map(({ at, ms }) => at + ms));
  // Three times what the backlog needs; by then messages that a fault left in flight are visible again.
  const endMs = START + lastMs + (3_000 * backlog.events.length) / backlog.perSecond + 6_000_000;
  await scheduler.run(endMs, () => seen.delivered === backlog.events.length);
  for (const { attemptCount, next } of ledger.records.values()) {
    seen.attempts = Math.max(seen.attempts, attemptCount);
    seen.steps = Math.max(seen.steps, next.step);
  }
  return seen;
}

/** The most times within a period of this length, both ends included. */
export function mostWithin(times: readonly number[], stretchMs: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  let [first, most] = [0, 0];
  for (const [last, time] of sorted.entries()) {
    while (time - (sorted[first] ?? time) > stretchMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
