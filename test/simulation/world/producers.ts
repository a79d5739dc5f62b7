import { type PublishPorts, publish } from '../../../core/events/publish.ts';
import type { ApiKey } from '../../../core/keys/key.ts';
import { Problem } from '../../../core/problem.ts';
import type { Container } from '../engine/container.ts';
import { busOf, eventsOf, guardOf, payloadsOf } from './ports.ts';
import { START, type World } from './world.ts';

const FUNCTION_TIMEOUT_MS = 10_000;

const PRODUCER: ApiKey = {
  id: 'key_1',
  name: 'simulation',
  role: 'producer',
  tenant: null,
  prefix: 'pr_',
  createdAt: START,
  expiresAt: null,
  lastUsedOn: null,
};

export const TYPES = ['order.created', 'order.paid', 'invoice.sent'] as const;
const BIG_TEXT = 'x'.repeat(61_000);
/** Legal in JSON, in no message of SQS, and unchanged by escapes that JSON would not need. */
const ODD_TEXT = '\ufffe \uffff \\uffff \\ud800';

/** What a producer wants to hand in. */
interface Wish {
  body: string;
  header: string | undefined;
  /** What each event of it is, in order. */
  items: { tenant: string; key: string | undefined; data: string; isBig: boolean }[];
}

/** What was accepted under an idempotency key. */
interface Accepted {
  id: string;
  data: string;
}

/** Producers: publish alone and in lists, with and without keys, and repeat what they got no answer to. */
export class Producers {
  readonly #world: World;
  readonly #accepted = new Map<string, Accepted>();
  /** Every body that was sent under a key. */
  readonly #asked = new Map<string, Set<string>>();
  #keys = 0;
  #wishes = 0;
  published = 0;

  constructor(world: World) {
    this.#world = world;
  }

  start(tenants: readonly string[]): void {
    const { chance, profile, scheduler } = this.#world;
    let at = 0;
    for (let count = 0; count < profile.publishes; count++) {
      // Some come close together, some long after.
      at += chance.happens(0.6) ? chance.unit() * 2_000 : chance.unit() * (profile.troubleMs / profile.publishes);
      scheduler.after(Math.min(at, profile.troubleMs * 0.9), () => this.#publish(this.#wish(tenants), 3));
    }
  }

  #wish(tenants: readonly string[]): Wish {
    const { chance, profile } = this.#world;
    const isList = chance.happens(profile.listChance);
    const isKeyed = chance.happens(profile.keyedChance);
    const items = Array.from({ length: isList ? chance.whole(1, 4) : 1 }, () => {
      // A key that was used before, sometimes with another body.
      const isUsed = this.#keys > 0 && chance.happens(0.15);
      const key = isKeyed ? `k${isUsed ? chance.whole(1, this.#keys) : ++this.#keys}` : undefined;
      const isBig = chance.happens(0.4);
      const text = chance.happens(0.01) ? BIG_TEXT : chance.happens(0.05) ? ODD_TEXT : '19 digits: é';
      const data = `{"n": ${9_007_199_254_740_993n + BigInt(++this.#wishes)},"big":${isBig},"t":"${text}"}`;
      return { tenant: chance.pick(tenants), key, data, isBig };
    });
    const seen = new Set<string>();
    const distinct = items.filter(
      ({ key, tenant }) => key === undefined || (!seen.has(`${tenant} ${key}`) && seen.add(`${tenant} ${key}`)),
    );
    const texts = distinct.map(({ tenant, key, data }) => {
      const inBody = isList && key !== undefined ? `,"idempotency_key":"${key}"` : '';
      return `{"type":"${chance.pick(TYPES)}","tenant":"${tenant}"${inBody},"data":${data}}`;
    });
    return {
      body: isList ? `[${texts.join(',')}]` : (texts[0] ?? ''),
      header: isList ? undefined : distinct[0]?.key,
      items: distinct,
    };
  }

  #publish(wish: Wish, tries: number): void {
    const world = this.#world;
    const { chance, scheduler } = world;
    const askedAt = scheduler.now;
    let isAnswered = false;
    for (const { tenant, key, data } of wish.items) {
      const asked = this.#asked.get(`${tenant} ${key}`) ?? new Set();
      this.#asked.set(`${tenant} ${key}`, asked.add(data));
    }
    const repeat = () => {
      if (tries > 1 && chance.happens(0.8)) {
        const ms = chance.happens(0.7) ? chance.unit() * 3_000 : chance.unit() * 300_000;
        scheduler.after(ms, () => this.#publish(wish, tries - 1));
      }
    };
    this.published += 1;
    world.invoke(
      'ingest',
      FUNCTION_TIMEOUT_MS,
      (container) => coldStart(world, container),
      (container, ports) => {
        world.note([], `${container} is asked to publish ${wish.body.slice(0, 200)} (key ${wish.header})`);
        return publish(
          { caller: PRODUCER, body: wish.body, idempotencyKey: wish.header, traceId: 'a'.repeat(32) },
          ports,
        );
      },
      (published, error) => {
        isAnswered = true;
        if (published === undefined || world.happens('answer lost')) {
          if (error instanceof Problem && error.kind === 'conflict') this.#refused(wish);
          else repeat();
          return;
        }
        published.forEach(({ id, duplicate }, index) => {
          const item = wish.items[index];
          if (item === undefined) return;
          world.note([id], `the producer is told 202 for ${id}${duplicate ? ', a duplicate' : ''}`);
          this.#acknowledged(id, item, askedAt);
        });
        // Somebody presses the button twice.
        if (chance.happens(0.15) && tries > 1) this.#publish(wish, tries - 1);
      },
      () => {
        if (!isAnswered) repeat();
      },
    );
  }

  /** A conflict needs another body under one of the keys. */
  #refused({ items }: Wish): void {
    this.#world.checks.judge.check(
      'idempotency',
      '',
      items.some(({ tenant, key }) => key !== undefined && (this.#asked.get(`${tenant} ${key}`)?.size ?? 0) > 1),
      () =>
        `refused as a conflict, and nobody used ${items.map(({ tenant, key }) => `${tenant} ${key}`)} for anything else`,
    );
  }

  #acknowledged(id: string, item: Wish['items'][number], askedAt: number): void {
    const { checks, events, payloads, clock } = this.#world;
    const { judge } = checks;
    const stored = events.events.get(id);
    const event = checks.facts.events.get(id);
    judge.check('carrier', id, stored !== undefined && event !== undefined, () => 'acknowledged and not stored');
    if (stored === undefined || event === undefined) return;
    const { key, offset, length } = stored.payload;
    const body = payloads.objects
      .get(key)
      ?.subarray(offset, offset + length)
      .toString('utf8');
    judge.check(
      'bytes',
      id,
      [`"data":${item.data}`, `"id":"${id}"`].every((part) => body?.includes(part)),
      () => `the payload store holds ${body}, not the data ${item.data}`,
    );
    if (event.body === undefined) event.body = body;
    else judge.check('bytes', id, event.body === body, () => `the envelope is ${body} and was ${event.body}`);
    event.isBig = item.isBig;
    event.acknowledged = true;
    if (item.key !== undefined) this.#checkKey(id, item, item.key);
    judge.check(
      'idempotency',
      id,
      stored.acceptedAt <= clock(),
      () => `accepted at ${stored.acceptedAt}, asked at ${askedAt}`,
    );
    checks.conservation.checkEvent(id, 'once it was acknowledged');
  }

  #checkKey(id: string, { tenant, data }: Wish['items'][number], key: string): void {
    const name = `${tenant} ${key}`;
    const before = this.#accepted.get(name);
    if (before === undefined) this.#accepted.set(name, { id, data });
    this.#world.checks.judge.check(
      'idempotency',
      id,
      before === undefined || (before.id === id && before.data === data),
      () => `key ${name} stood for ${before?.id} with ${before?.data}, now for ${id} with ${data}`,
    );
  }
}

function coldStart(world: World, container: Container): PublishPorts {
  return {
    payloads: payloadsOf(world, container),
    events: eventsOf(world, container),
    validateData: guardOf(world, container),
    bus: busOf(world, container),
    clock: world.clock,
    random: world.chance,
    wait: container.wait,
    retentionMs: world.profile.retentionMs,
  };
}
