import * as z from 'zod';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { EndpointHealth, EndpointNotice } from '../../../core/endpoints/health.ts';
import type { Facts } from './facts.ts';

const envelope = z.object({
  id: z.string(),
  type: z.string(),
  data: z.object({
    delivery_id: z.string().optional(),
    delivery_ids: z.array(z.string()).optional(),
    count: z.number().optional(),
    since: z.string().optional(),
    endpoint_id: z.string(),
    event_type: z.string().optional(),
    cycle: z.number().optional(),
  }),
});

type Envelope = z.output<typeof envelope>;

interface Happened {
  about: string;
  /** In ms since the epoch. */
  at: number;
  /** The id of the event that reports it. */
  toldAs?: string;
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
  /** By endpoint and minute: how many deaths each summary counts without naming them. */
  readonly #unnamed: Readonly<Record<How, Map<string, Map<string, number>>>> = { stored: new Map(), onBus: new Map() };
  /** The bytes of each event. */
  readonly #texts = new Map<string, string>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  #happens(name: string, about: string, at: number): void {
    if (this.#happened.has(name)) return;
    this.#happened.set(name, { about, at, stored: false, onBus: false, dropped: false });
  }

  recordWritten(before: DeliveryRecord | undefined, after: DeliveryRecord): void {
    if (after.eventType.startsWith('postrider.') || before?.status === after.status) return;
    const key = `${after.eventId}/${after.endpointId}`;
    const at = after.outbox.at(-1)?.at ?? this.#facts.now();
    if (after.status === 'dead') {
      this.#dead.add(key);
      // A filter that exceeds its limit is reported per hour, not per delivery.
      if (after.deathReason !== 'filter') this.#happens(`delivery.dead ${key} ${after.next.cycle}`, key, at);
    }
    if (after.status === 'delivered' && this.#dead.delete(key)) {
      this.#happens(`delivery.recovered ${key} ${after.next.cycle}`, key, at);
    }
  }

  healthWritten(before: EndpointHealth | undefined, after: EndpointHealth): void {
    const known = before?.outbox ?? [];
    for (const { type, at } of after.outbox) {
      if (type === 'disabled' || known.some((one) => one.type === type && one.at === at)) continue;
      this.#happens(`endpoint.${type} ${after.endpointId}`, after.endpointId, at);
    }
    if (this.#facts.truth.now(after.endpointId) !== undefined) return;
    // A notice that a deleted endpoint has no more was dropped, even if its container died before it could say so.
    for (const { type, at } of known) {
      if (!after.outbox.some((one) => one.type === type && one.at === at)) this.#drop(after.endpointId, type);
    }
  }

  /** An endpoint was disabled by the product itself. */
  disabled(endpointId: string): void {
    this.#happens(`endpoint.disabled ${endpointId}`, endpointId, this.#facts.now());
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

  #published(text: string, how: How): void {
    const event = envelope.parse(JSON.parse(text));
    const { id, type, data } = event;
    if (type === 'postrider.test') return;
    const { judge } = this.#facts;
    const about = aboutOf(event);
    const known = this.#texts.get(id) ?? text;
    this.#texts.set(id, known);
    judge.check('operational events', about, text === known, () => `${id} is published as ${known} and as ${text}`);
    judge.check(
      'operational events',
      about,
      data.event_type?.startsWith('postrider.') !== true,
      () => `an operational event about the delivery of one is published: ${text}`,
    );
    const reported = data.delivery_ids === undefined ? [this.#one(event)] : this.#deaths(event, how);
    for (const happened of reported) {
      judge.check('operational events', about, happened !== undefined, () => `never happened, but published: ${text}`);
      if (happened === undefined) continue;
      happened[how] = true;
      if (!type.startsWith('postrider.deliver')) continue;
      happened.toldAs ??= id;
      const { toldAs } = happened;
      judge.check('operational events', about, toldAs === id, () => `reported by ${toldAs} and again: ${text}`);
    }
  }

  #one({ type, data }: Envelope): Happened | undefined {
    const kind = type.slice('postrider.'.length);
    const about = data.delivery_id === undefined ? data.endpoint_id : keyOf(data.delivery_id);
    return this.#happened.get(data.delivery_id === undefined ? `${kind} ${about}` : `${kind} ${about} ${data.cycle}`);
  }

  /** The deaths that a summary reports: of an endpoint, in one minute. */
  #deaths(event: Envelope, how: How): (Happened | undefined)[] {
    const { id, data } = event;
    const { delivery_ids: ids = [], count = 0, since = '', endpoint_id: endpointId } = data;
    const { judge } = this.#facts;
    judge.check(
      'operational events',
      endpointId,
      count > 1 && ids.length === Math.min(count, 20),
      () => `${count} deaths are reported with ${ids.length} ids`,
    );
    const minute = minuteOf(Date.parse(since));
    const candidates = [...this.#happened]
      .filter(([name, { about }]) => name.startsWith('delivery.dead ') && about.endsWith(`/${endpointId}`))
      .map(([, happened]) => happened)
      .filter(({ at, toldAs = id }) => minuteOf(at) === minute && toldAs === id);
    const named = ids.map((one) => {
      const at = candidates.findIndex(({ about }) => about === keyOf(one));
      return at === -1 ? undefined : candidates.splice(at, 1)[0];
    });
    const unnamed = this.#unnamed[how];
    const place = `${endpointId} ${minute}`;
    unnamed.set(place, (unnamed.get(place) ?? new Map()).set(id, count - ids.length));
    return named;
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
    this.#drop(endpointId, type);
  }

  #drop(endpointId: string, type: string): void {
    const happened = this.#happened.get(`endpoint.${type} ${endpointId}`);
    if (happened !== undefined) happened.dropped = true;
  }

  #countUnnamed(how: How): Map<string, number> {
    return new Map(
      [...this.#unnamed[how]].map(([place, byEvent]) => [place, [...byEvent.values()].reduce((a, b) => a + b, 0)]),
    );
  }

  /** At the end, when nothing is in progress. */
  checkAllPublished(): void {
    const left = { stored: this.#countUnnamed('stored'), onBus: this.#countUnnamed('onBus') };
    for (const [name, happened] of this.#happened) {
      const { about, at, dropped } = happened;
      const place = `${about.split('/')[1]} ${minuteOf(at)}`;
      const isCounted = (how: How) => {
        const count = left[how].get(place) ?? 0;
        if (!name.startsWith('delivery.dead ') || count === 0) return false;
        left[how].set(place, count - 1);
        return true;
      };
      this.#facts.judge.check(
        'operational events',
        about,
        dropped || ((happened.stored || isCounted('stored')) && (happened.onBus || isCounted('onBus'))),
        () => `${name} was never published`,
      );
    }
  }
}

type How = 'stored' | 'onBus';

const minuteOf = (atMs: number) => Math.floor(atMs / 60_000);

function keyOf(deliveryId: string): string {
  const [, event, endpoint] = deliveryId.split('_');
  return `evt_${event}/ep_${endpoint}`;
}

function aboutOf({ data }: Envelope): string {
  const id = data.delivery_id ?? data.delivery_ids?.[0];
  return id === undefined ? data.endpoint_id : keyOf(id);
}
