import * as z from 'zod';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EndpointHealth, EndpointNotice } from '../../../core/endpoints/health.ts';
import type { Facts } from './facts.ts';

const envelope = z.object({
  id: z.string(),
  type: z.string(),
  data: z.object({
    delivery_id: z.string().optional(),
    endpoint_id: z.string(),
    event_type: z.string().optional(),
    cycle: z.number().optional(),
  }),
});

interface Happened {
  about: string;
  /** Whether it was stored as an event, and put on the bus for the owner's rules. */
  stored: boolean;
  onBus: boolean;
  /** Not to be published: its endpoint is gone. */
  dropped: boolean;
}

/** Operational events report every change, only real ones, and never the deliveries of operational events. */
export class OperationalEventChecks {
  readonly #facts: Facts;
  readonly #happened = new Map<string, Happened>();
  /** Deliveries that died and were not acknowledged since. */
  readonly #dead = new Set<string>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  #happens(name: string, about: string): void {
    if (!this.#happened.has(name)) this.#happened.set(name, { about, stored: false, onBus: false, dropped: false });
  }

  recordWritten(before: DeliveryRecord | undefined, after: DeliveryRecord): void {
    if (after.eventType.startsWith('postrider.') || before?.status === after.status) return;
    const key = `${after.eventId}/${after.endpointId}`;
    if (after.status === 'dead') {
      this.#dead.add(key);
      // A filter that exceeds its limit is reported per hour, not per delivery.
      if (after.deathReason !== 'filter') this.#happens(`delivery.dead ${key} ${after.next.cycle}`, key);
    }
    if (after.status === 'delivered' && this.#dead.delete(key)) {
      this.#happens(`delivery.recovered ${key} ${after.next.cycle}`, key);
    }
  }

  healthWritten(before: EndpointHealth | undefined, after: EndpointHealth): void {
    const known = before?.outbox ?? [];
    for (const { type, at } of after.outbox) {
      if (type === 'disabled' || known.some((one) => one.type === type && one.at === at)) continue;
      this.#happens(`endpoint.${type} ${after.endpointId}`, after.endpointId);
    }
  }

  /** An endpoint was disabled by the product itself. */
  disabled(endpointId: string): void {
    this.#happens(`endpoint.disabled ${endpointId}`, endpointId);
  }

  /** An operational event was stored. */
  stored(text: string): void {
    this.#published(text, 'stored');
  }

  /** It was put on the bus for the owner's rules. */
  putOnBus(type: string, text: string): void {
    this.#facts.judge.check(
      'operational events',
      type,
      text.includes(`"type":"${type}"`),
      () => `published as ${type}: ${text}`,
    );
    this.#published(text, 'onBus');
  }

  #published(text: string, how: 'stored' | 'onBus'): void {
    const { type, data } = envelope.parse(JSON.parse(text));
    const kind = type.slice('postrider.'.length);
    if (kind === 'test') return;
    const { judge } = this.#facts;
    const [, event, endpoint] = (data.delivery_id ?? '').split('_');
    const about = data.delivery_id === undefined ? data.endpoint_id : `evt_${event}/ep_${endpoint}`;
    const name = data.delivery_id === undefined ? `${kind} ${about}` : `${kind} ${about} ${data.cycle}`;
    const happened = this.#happened.get(name);
    judge.check('operational events', about, happened !== undefined, () => `${name} is published, but never happened`);
    judge.check(
      'operational events',
      about,
      data.event_type?.startsWith('postrider.') !== true,
      () => `an operational event about the delivery of one is published: ${text}`,
    );
    if (happened !== undefined) happened[how] = true;
  }

  /** A notice that is not published: its endpoint is gone, or the change never happened. */
  dropped(endpointId: string, { type }: EndpointNotice): void {
    const { judge, truth } = this.#facts;
    const endpoint = truth.now(endpointId);
    judge.check(
      'operational events',
      endpointId,
      endpoint === undefined || type === 'disabled',
      () => `the notice ${type} is dropped although the endpoint is ${endpoint?.state}`,
    );
    const happened = this.#happened.get(`endpoint.${type} ${endpointId}`);
    if (happened !== undefined) happened.dropped = true;
  }

  /** At the end, when nothing is in progress. */
  checkAllPublished(): void {
    for (const [name, { about, stored, onBus, dropped }] of this.#happened) {
      this.#facts.judge.check(
        'operational events',
        about,
        (stored && onBus) || dropped,
        () => `${name} was never published`,
      );
    }
  }
}
