import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import { SYSTEM } from '../../core/audit/audit.ts';
import { messageOf, startOf } from '../../core/deliveries/advance.ts';
import type { Loaded } from '../../core/deliveries/ledger.ts';
import type { OutgoingDelivery } from '../../core/deliveries/message.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import type { EventRecord } from '../../core/events/event.ts';
import { type Job, jobMessage } from '../../core/jobs/job.ts';
import { type StartPorts, startJob, type WantedJob } from '../../core/jobs/manage.ts';
import { type RunPorts, resumeIdleJobs, runSlice, type SliceEnd } from '../../core/jobs/run.ts';
import { MemoryAudit } from '../fakes/audit.ts';
import { createMemoryEndedDeliveries } from '../fakes/ended-deliveries.ts';
import { MemoryJobStore } from '../fakes/jobs.ts';
import { createMemoryLists } from '../fakes/ledger-lists.ts';
import { aMessage, DAY, DeliveryWorld, START } from './delivery-world.ts';
import { seededRandom } from './seeded-random.ts';
import { aRun } from './task-run.ts';

const MINUTE = 60_000;
const INVOCATION_MS = 60_000;

/** An AWS error in these tests. */
export class Outage extends Error {}

/** Background jobs over the delivery world, in virtual time: slices run as their queue delivers messages. */
export class JobWorld {
  readonly deliveries = new DeliveryWorld();
  readonly random = seededRandom(5);
  readonly events = new Map<string, EventRecord>();
  readonly payloads = new Map<string, string>();
  readonly jobs = new MemoryJobStore(() => this.now);
  readonly audit = new MemoryAudit();
  readonly queue: string;
  readonly ends: SliceEnd[] = [];
  readonly faults: unknown[] = [];
  /** Messages that jobs have sent. */
  readonly sent: OutgoingDelivery[] = [];
  /** When each delivery was sent by a job, in ms since the start. */
  readonly sentAt: number[] = [];
  startPorts: StartPorts;
  ports: Omit<RunPorts, 'remainingMs'>;
  #minute = 0;

  constructor() {
    const { deliveries, events, random } = this;
    const { ledger, queues } = deliveries;
    const clock = () => this.now;
    this.queue = queues.createQueue('jobs', { VisibilityTimeout: '360' });
    const lists = createMemoryLists({ events, records: ledger.records, clock });
    const jobQueue: RunPorts['jobQueue'] = {
      send: async (message, delaySeconds) =>
        void queues.send(this.queue, { body: JSON.stringify(message), delaySeconds }),
    };
    this.startPorts = { jobs: this.jobs, jobQueue, audit: this.audit, clock, random, retentionMs: 30 * DAY };
    this.ports = {
      ...{ ledger, jobs: this.jobs, jobQueue, clock, random },
      ended: createMemoryEndedDeliveries(ledger.records),
      events: lists,
      payloads: { get: async ({ key }) => this.payloads.get(key) ?? '{}' },
      filters: jmespathFilters,
      queue: {
        send: async (messages) => {
          await deliveries.ports.queue.send(messages);
          this.sentAt.push(...messages.map(() => this.now - START));
          this.sent.push(...messages);
        },
      },
      wait: async (ms) => {
        this.now += ms;
      },
      shards: 1,
      releasePerSecond: 100,
      isOutage: (fault) => fault instanceof Outage,
      faulted: (_, fault) => this.faults.push(fault),
    };
  }

  get now(): number {
    return this.deliveries.now;
  }

  set now(ms: number) {
    this.deliveries.now = ms;
  }

  /** Stores a delivery, by default dead a minute before the start. */
  ended(eventId: string, changes: Partial<DeliveryRecord> = {}): DeliveryRecord {
    const { endpointId = 'ep_1', tenant = 'acme', eventType = 'order.created' } = changes;
    const record: DeliveryRecord = {
      ...startOf(aMessage({ eventId, endpointId, tenant, eventType }), START - MINUTE),
      status: 'dead',
      deadLetter: {
        messageId: `dead-letter-${eventId}`,
        copy: 'dead-letter',
        firstReceivedAt: START - MINUTE,
        sentAt: START - MINUTE,
      },
      attemptCount: 3,
      revision: 1,
      ...changes,
    };
    this.deliveries.ledger.records.set(`${eventId}/${endpointId}`, record);
    return record;
  }

  /** Puts the dead letter of a delivery into the dead-letter queue. */
  addDeadLetter(record: DeliveryRecord): void {
    const { queues, deadLetters } = this.deliveries;
    queues.send(deadLetters, { body: JSON.stringify({ ...messageOf(record), copy: 'dead-letter' }) });
  }

  /** Stores an event accepted an hour before the start and fanned out to the given endpoints. */
  event(id: string, changes: Partial<EventRecord> = {}, endpointIds: string[] = []): EventRecord {
    const { acceptedAt = START - 60 * MINUTE } = changes;
    const event: EventRecord = {
      id,
      tenant: 'acme',
      type: 'order.created',
      timestamp: '',
      acceptedAt,
      sizeBytes: 2,
      payload: { key: `acme/${id}/hash`, offset: 0, length: 2 },
      requestHash: '',
      nonce: '',
      traceId: 'a'.repeat(32),
      expiresAt: acceptedAt + 30 * DAY,
      fanout: { 0: { matched: endpointIds.length, endpointIds, last: true } },
      ...changes,
    };
    this.events.set(id, event);
    return event;
  }

  /** Runs around each read of records by a job, but not by deliveries. */
  onLoad(around: (load: () => Promise<Loaded>) => Promise<Loaded>): void {
    const { load, find, put, countDeaths } = this.deliveries.ledger;
    this.ports.ledger = { load: (...args) => around(() => load(...args)), find, put, countDeaths };
  }

  start(wanted: Partial<WantedJob> & Pick<WantedJob, 'kind'>): Promise<Job> {
    const all = {
      actor: SYSTEM,
      tenant: 'acme',
      endpointId: 'ep_1',
      eventType: null,
      from: START - DAY,
      to: null,
      ...wanted,
    };
    return startJob(all, { from: 'from', to: 'to' }, this.startPorts);
  }

  job({ id }: Pick<Job, 'id'>): Job | undefined {
    return this.jobs.jobs.get(id);
  }

  /** One invocation of the redrive Lambda for each visible message; failed messages stay in the queue. */
  async workOnJobs(max = 2): Promise<void> {
    const { queues } = this.deliveries;
    const messages = queues.receive(this.queue, { max });
    await Promise.all(
      messages.map(async ({ body, receiptHandle }) => {
        try {
          this.ends.push(await this.slice(body));
          queues.delete(this.queue, receiptHandle);
        } catch (fault) {
          this.faults.push(fault);
        }
      }),
    );
  }

  /** One invocation for one message. */
  slice(body: string): Promise<SliceEnd> {
    const until = this.now + INVOCATION_MS;
    return runSlice(jobMessage.parse(JSON.parse(body)), { ...this.ports, remainingMs: () => until - this.now });
  }

  /** One run of the scheduled tasks. */
  async tick(): Promise<void> {
    await this.deliveries.tick();
    await resumeIdleJobs(aRun(this.deliveries.now), { ...this.startPorts, jobs: this.jobs });
  }

  /** Lets time pass: slices, deliveries, and the scheduled tasks each minute. */
  async run(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      await this.workOnJobs();
      await this.deliveries.run(Math.min(1_000, Math.max(1, end - this.now)));
      const minute = Math.floor(this.now / MINUTE);
      if (minute !== this.#minute) await this.tick();
      this.#minute = minute;
    }
  }

  /** How often each event was POSTed to an endpoint since the start. */
  posted(): Record<string, number> {
    const ids = this.deliveries.posts.map(({ request }) => request.headers['webhook-id'] ?? '');
    return Object.fromEntries(
      Map.groupBy(ids, (id) => id)
        .entries()
        .map(([id, all]) => [id, all.length]),
    );
  }
}
