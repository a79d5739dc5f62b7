import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { beat, type HeartbeatPorts, type PublishAnswer } from '../../../core/heartbeat/beat.ts';
import { HEARTBEAT_ENDPOINT_ID } from '../../../core/heartbeat/endpoint.ts';
import { aRecord } from '../../contract/stores/samples.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { createMemoryDataKeyStore, createMemoryKeyService } from '../../fakes/vault.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

export const URL = 'https://api.example.com/heartbeat';

/** The heartbeat in virtual time, before a product whose deliveries the test decides. */
export class HeartbeatWorld {
  now = START;
  readonly random = seededRandom(17);
  readonly endpoints = new MemoryEndpointStore();
  readonly subscriptions = new MemorySubscriptionIndex(200);
  readonly keys = createMemoryKeyService(this.random);
  readonly clock = () => this.now;
  readonly published: unknown[] = [];
  answer: PublishAnswer = { status: 202, eventId: 'evt_1' };
  /** The delivery's record at a time, in ms since the event was accepted. */
  recordAt: (sinceMs: number) => Partial<DeliveryRecord> | undefined = () => undefined;
  looks = 0;
  readonly ports: HeartbeatPorts = {
    withinMs: 60_000,
    endpoint: {
      endpoints: this.endpoints,
      subscriptions: this.subscriptions,
      audit: this.endpoints.audit,
      sealer: { keys: this.keys, store: createMemoryDataKeyStore(), clock: this.clock, random: this.random },
      clock: this.clock,
      random: this.random,
    },
    publish: async (body) => {
      this.published.push(JSON.parse(body));
      return this.answer;
    },
    ledger: {
      find: async ({ eventId, endpointId }) => {
        this.looks += 1;
        const changes = this.recordAt(this.now - START);
        if (eventId !== 'evt_1' || endpointId !== HEARTBEAT_ENDPOINT_ID || changes === undefined) return undefined;
        return aRecord({ eventId, endpointId, ...changes });
      },
    },
    clock: this.clock,
    wait: async (ms) => {
      this.now += ms;
    },
  };

  beat = (url = URL) => beat(url, this.ports);
}
