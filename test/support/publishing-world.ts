import { createSchemaChecker } from '../../adapters/ajv/schema-checker.ts';
import { jmespathFilters } from '../../adapters/jmespath/filter-engine.ts';
import type { OutgoingDelivery } from '../../core/deliveries/message.ts';
import { createDataValidator } from '../../core/event-types/data-validator.ts';
import type { AcceptedEvents } from '../../core/events/accepted.ts';
import { type Published, type PublishPorts, publish } from '../../core/events/publish.ts';
import { type FanoutBatchPorts, fanOutBatch } from '../../core/fanout/fan-out-batch.ts';
import { type FanoutMessage, fanoutMessage } from '../../core/fanout/message.ts';
import type { ApiKey } from '../../core/keys/key.ts';
import type { Tally } from '../../core/stats/tally.ts';
import type { Subscription } from '../../core/subscriptions/subscription.ts';
import { MemoryDeliveryLedger } from '../fakes/deliveries.ts';
import { MemoryEventTypeStore } from '../fakes/event-types.ts';
import { MemoryEventLedger } from '../fakes/events.ts';
import { MemoryPayloadStore } from '../fakes/payload-store.ts';
import { MemorySubscriptionIndex } from '../fakes/subscriptions.ts';
import { DAY, START } from './delivery-world.ts';
import { seededRandom } from './seeded-random.ts';

export const PRODUCER: ApiKey = {
  id: 'key_1',
  name: 'test',
  role: 'producer',
  tenant: null,
  prefix: 'pr_',
  createdAt: START,
  expiresAt: null,
  lastUsedOn: null,
};

/** Ingest, bus and fan-out in virtual time, up to the messages of the delivery queue. */
export class PublishingWorld {
  now = START;
  readonly events = new MemoryEventLedger(() => this.now);
  readonly payloads = new MemoryPayloadStore();
  readonly eventTypes = new MemoryEventTypeStore();
  readonly subscriptions: MemorySubscriptionIndex;
  /** The entries that the bus accepted, in order. */
  readonly busEntries: AcceptedEvents[] = [];
  readonly pages: FanoutMessage[] = [];
  readonly sent: OutgoingDelivery[] = [];
  /** Delivery records: those whose filter exceeded its limit. */
  readonly ledger = new MemoryDeliveryLedger({ endpoints: new Map(), health: new Map() });
  /** Filters that failed or exceeded their limit. */
  readonly tallies: Tally[] = [];
  readonly filterFaults: unknown[] = [];
  /** Milliseconds until an invocation of the fan-out function times out. */
  remainingMs = 30_000;
  /** How many of the next bus entries are refused. */
  busRefusals = 0;
  ports: PublishPorts;
  fanoutPorts: FanoutBatchPorts;

  constructor(smallTenant = 200) {
    this.subscriptions = new MemorySubscriptionIndex(smallTenant);
    this.ports = {
      payloads: this.payloads,
      events: this.events,
      validateData: createDataValidator({
        eventTypes: this.eventTypes,
        schemas: createSchemaChecker(),
        clock: () => this.now,
      }),
      bus: { put: async (entries) => entries.flatMap((entry, index) => (this.#take(entry) ? [] : [index])) },
      clock: () => this.now,
      random: seededRandom(3),
      wait: async (ms) => {
        this.now += ms;
      },
      retentionMs: 30 * DAY,
    };
    this.fanoutPorts = {
      subscriptions: this.subscriptions,
      ledger: this.events,
      payloads: this.payloads,
      filters: jmespathFilters,
      records: this.ledger,
      clock: () => this.now,
      filterFailed: (fault) => void this.filterFaults.push(fault),
      deliveries: { send: async (messages) => void this.sent.push(...messages) },
      pages: { send: async (message) => void this.pages.push(message) },
      remainingMs: () => this.remainingMs,
      after: () => () => undefined,
    };
  }

  #take(entry: AcceptedEvents): boolean {
    if (this.busRefusals-- > 0) return false;
    this.busEntries.push(structuredClone(entry));
    return true;
  }

  publish(body: unknown, idempotencyKey?: string, key = PRODUCER): Promise<Published[]> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return publish({ caller: key, body: text, idempotencyKey, traceId: 'a'.repeat(32) }, this.ports);
  }

  subscribe(endpointId: string, patterns: string[], changes: Partial<Subscription> = {}): Promise<void> {
    const base = { tenant: 'default', endpointId, patterns, filter: null, version: 1, createdAt: START - 1 };
    return this.subscriptions.put(patterns.map((pattern) => ({ ...base, pattern, ...changes })));
  }

  /** Fans out one message from the queue. @throws its fault: the message would be received again. */
  async fanOut(message: unknown, redelivered = false) {
    const [fannedOut] = await this.fanOutBatch([{ message, redelivered }]);
    if (fannedOut === undefined || 'fault' in fannedOut) throw fannedOut?.fault;
    return fannedOut.result;
  }

  /** Fans out messages from the queue in one invocation. */
  async fanOutBatch(batch: { message: unknown; redelivered?: boolean }[]) {
    const received = batch.map(({ message, redelivered = false }, at) => ({
      messageId: `m${at}`,
      message: fanoutMessage.parse(JSON.parse(JSON.stringify(message))),
      redelivered,
    }));
    const all = await fanOutBatch(received, this.fanoutPorts);
    for (const fannedOut of all) if ('result' in fannedOut) this.tallies.push(...fannedOut.result.tallies);
    return all;
  }

  /** Fans out all published events, and further pages. @returns how many messages there were. */
  async fanOutAll(): Promise<number> {
    let messages = 0;
    for (const message of this.busEntries.splice(0)) {
      await this.fanOut(message);
      messages += 1;
    }
    for (let page = this.pages.shift(); page; page = this.pages.shift()) {
      await this.fanOut(page);
      messages += 1;
    }
    return messages;
  }

  /** The endpoints to which messages were sent, in order. */
  recipients(): string[] {
    return this.sent.map(({ message }) => message.endpointId);
  }
}
