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
  /** Whether it was stored as an event, and told to the owner's rules. */
  stored: boolean;
  told: boolean;
  /** Nobody is to be told: its endpoint has gone. */
  dropped: boolean;
}

/** What people are told: all that happened, nothing that did not, and never about the telling itself. */
export class NewsChecks {
  readonly #facts: Facts;
  readonly #happened = new Map<string, Happened>();
  /** Deliveries that died and were not acknowledged since. */
  readonly #dead = new Set<string>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  #happens(name: string, about: string): void {
    if (!this.#happened.has(name)) this.#happened.set(name, { about, stored: false, told: false, dropped: false });
  }

  recordWritten(before: DeliveryRecord | undefined, after: DeliveryRecord): void {
    if (after.eventType.startsWith('postrider.') || before?.status === after.status) return;
    const key = `${after.eventId}/${after.endpointId}`;
    if (after.status === 'dead') {
      this.#dead.add(key);
      // A filter that cannot decide is told by the hour, not by the delivery.
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

  /** An operational event was stored, or told to the owner's rules. */
  stored(text: string): void {
    this.#announced(text, 'stored');
  }

  told(type: string, text: string): void {
    this.#facts.judge.check('news', type, text.includes(`"type":"${type}"`), () => `told as ${type}: ${text}`);
    this.#announced(text, 'told');
  }

  #announced(text: string, how: 'stored' | 'told'): void {
    const { type, data } = envelope.parse(JSON.parse(text));
    const kind = type.slice('postrider.'.length);
    if (kind === 'test') return;
    const { judge } = this.#facts;
    const [, event, endpoint] = (data.delivery_id ?? '').split('_');
    const about = data.delivery_id === undefined ? data.endpoint_id : `evt_${event}/ep_${endpoint}`;
    const name = data.delivery_id === undefined ? `${kind} ${about}` : `${kind} ${about} ${data.cycle}`;
    const happened = this.#happened.get(name);
    judge.check('news', about, happened !== undefined, () => `${name} is announced, and it never happened`);
    judge.check(
      'news',
      about,
      data.event_type?.startsWith('postrider.') !== true,
      () => `news of the delivery of news is announced: ${text}`,
    );
    if (happened !== undefined) happened[how] = true;
  }

  /** News that nobody is told of: its endpoint is gone, or it never came true. */
  dropped(endpointId: string, { type }: EndpointNotice): void {
    const { judge, truth } = this.#facts;
    const endpoint = truth.now(endpointId);
    judge.check(
      'news',
      endpointId,
      endpoint === undefined || type === 'disabled',
      () => `news of ${type} is dropped although the endpoint is ${endpoint?.state}`,
    );
    const happened = this.#happened.get(`endpoint.${type} ${endpointId}`);
    if (happened !== undefined) happened.dropped = true;
  }

  /** Once everything has come to its end. */
  checkAllTold(): void {
    for (const [name, { about, stored, told, dropped }] of this.#happened) {
      this.#facts.judge.check('news', about, (stored && told) || dropped, () => `${name} was never announced`);
    }
  }
}
