import { expect } from 'vitest';
import { type EndpointHealth, type EndpointNotice, freshHealth, withNotice } from '../../../core/endpoints/health.ts';
import type { OutboxPorts } from '../../../core/operational-events/outbox.ts';
import type { RuleEntry } from '../../../core/operational-events/publish.ts';
import { publishOutbox } from '../../../core/operational-events/publish-outbox.ts';
import { createMemoryEndedDeliveries } from '../../fakes/ended-deliveries.ts';
import { DAY, DeliveryWorld } from '../../support/delivery-world.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';
import { aRun } from '../../support/task-run.ts';

/** Deliveries and endpoints with notices, and a tenant whose events are published and fanned out. */
export class OutboxWorld extends DeliveryWorld {
  readonly publishing = new PublishingWorld();
  /** The entries for the owner's own rules, in order. */
  readonly ruleEntries: RuleEntry[] = [];
  readonly dropped: { endpointId: string; notice: EndpointNotice }[] = [];
  outboxPorts: OutboxPorts;
  remainingMs = () => 60_000;

  constructor() {
    super();
    this.outboxPorts = {
      ...this.publishing.ports,
      payloads: this.publishing.payloads,
      rules: {
        tell: async (entries) => {
          this.ruleEntries.push(...entries);
          return [];
        },
      },
      marked: this.registry.marked,
      health: this.registry.healthStore,
      ended: createMemoryEndedDeliveries(this.ledger.records),
      ledger: this.ledger,
      dropped: (endpointId, notice) => this.dropped.push({ endpointId, notice }),
      clock: () => this.now,
      retentionMs: 30 * DAY,
      shards: 1,
    };
  }

  publishOutbox(): Promise<number> {
    return publishOutbox(aRun(this.now, { remainingMs: this.remainingMs }), this.outboxPorts);
  }

  /** Adds a notice to an endpoint's health. */
  happens(notice: EndpointNotice, changes: Partial<EndpointHealth> = {}, endpointId = 'ep_1'): void {
    const health = { ...(this.health.get(endpointId) ?? freshHealth(endpointId)), ...changes };
    this.health.set(
      endpointId,
      withNotice(health, notice, () => 'hold_1'),
    );
  }

  noticesOf(endpointId = 'ep_1'): EndpointNotice[] {
    return this.health.get(endpointId)?.outbox ?? [];
  }

  /** The events that the bus accepted for the fan-out, in order. */
  accepted() {
    return this.publishing.busEntries.flatMap(({ tenant, events }) => events.map((event) => ({ tenant, ...event })));
  }

  /** The deaths that a stored event covers: event id, cycle and time of each. */
  coveredBy(id: string): [string, number, number][] {
    const { payload } = this.publishing.events.events.get(id) ?? expect.fail(`There is no event ${id}.`);
    const object = this.publishing.payloads.objects.get(payload.key) ?? expect.fail('It has no payload.');
    return JSON.parse(object.subarray(0, payload.offset).toString('utf8'));
  }

  /** The envelopes that the bus accepted, parsed. */
  envelopes() {
    return this.accepted().map(({ payload }) => JSON.parse(payload.inline ?? ''));
  }
}
