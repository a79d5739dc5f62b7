import { describe, expect, it } from 'vitest';
import {
  account,
  duplicatesPer10000,
  type Facts,
  type OwedEndpoint,
  type OwedEvent,
} from '../../soak/account/account.ts';
import type { ApiDelivery } from '../../soak/product/api.ts';

const TYPE = 'soak.type1';
const event = (n: number): OwedEvent => ({ n, id: `evt_${n}`, type: TYPE, atMs: 1_000 + n });
const endpoint = (name: OwedEndpoint['kind'], goneAt?: number): OwedEndpoint => ({
  id: `ep_${name}`,
  name,
  kind: name,
  types: [TYPE],
  timeoutMs: 5_000,
  goneAt,
});

const healthy = endpoint('healthy');

/** What one receiver, the API and the queue know of one delivery. */
interface Known {
  readonly taken?: number;
  readonly says?: Partial<ApiDelivery>;
  readonly deadLetters?: number;
}

interface World {
  readonly events?: readonly OwedEvent[];
  readonly endpoints?: readonly OwedEndpoint[];
  /** By event and endpoint id; the others were delivered. */
  readonly known?: Readonly<Record<string, Known>>;
  readonly notFannedOut?: readonly string[];
  readonly firstSeenAt?: Readonly<Record<string, number>>;
  readonly killedAt?: readonly number[];
}

function factsOf(world: World): Facts {
  const { events = [event(1)], endpoints = [healthy], known = {}, notFannedOut = [], firstSeenAt = {} } = world;
  const delivered: Known = { taken: 1, says: { status: 'delivered' } };
  const of = (endpointId: string, eventId: string) => known[`${eventId} ${endpointId}`] ?? delivered;
  return {
    acknowledged: events,
    endpoints,
    // Every POST is answered at once, the second while no kill is near.
    takes: (...pair) => Array.from({ length: of(...pair).taken ?? 0 }, (_, at) => takeAt(at * 1_000)),
    firstSeenAt: (eventId) => firstSeenAt[eventId],
    said: (endpointId, eventId) => {
      const { says } = of(endpointId, eventId);
      return says && { ...silent, event_id: eventId, endpoint_id: endpointId, ...says };
    },
    isFannedOut: (eventId) => !notFannedOut.includes(eventId),
    deadLetters: (...pair) => of(...pair).deadLetters ?? 0,
    deaths: (world.killedAt ?? []).map((atMs) => ({ atMs, goneMs: atMs })),
  };
}

const takeAt = (ms: number) => ({ arrivedMs: ms, answeredMs: ms, endedMs: ms });

const silent: ApiDelivery = {
  event_id: '',
  endpoint_id: '',
  status: 'retrying',
  waiting_for: null,
  cycle: 1,
  attempt_count: 1,
  last_error: null,
  discard_reason: null,
  in_dlq: false,
};

/** Why each unaccounted delivery is unaccounted. */
const complaints = (world: World) => account(factsOf(world)).unaccounted.map(({ why }) => why);
const one = (known: Known) => ({ 'evt_1 ep_healthy': known });

describe('an account', () => {
  it('owes every acknowledged event to every endpoint that subscribes to its type, and to no other', () => {
    const other = { ...endpoint('slow'), types: ['soak.type2'] };
    const { total, byKind } = account(factsOf({ events: [event(1), event(2)], endpoints: [healthy, other] }));
    expect(total).toMatchObject({ owed: 2, delivered: 2, unaccounted: 0 });
    expect(byKind.get('slow')).toMatchObject({ owed: 0 });
  });

  it('names one lost delivery among thousands', () => {
    const events = Array.from({ length: 5_000 }, (_, n) => event(n));
    const { unaccounted, total } = account(factsOf({ events, known: { 'evt_4321 ep_healthy': {} } }));
    expect(total).toMatchObject({ owed: 5_000, delivered: 4_999, unaccounted: 1 });
    expect(unaccounted).toEqual([
      { n: 4321, eventId: 'evt_4321', endpointId: 'ep_healthy', endpoint: 'healthy', why: expect.any(String) },
    ]);
  });

  it('trusts the receiver, not the API, about what was delivered', () => {
    expect(complaints({ known: one({ says: { status: 'delivered' } }) })).toEqual([
      'the API says delivered, but the receiver never accepted it',
    ]);
  });

  it('requires dead deliveries in both the API and the dead-letter queue', () => {
    const dead = { status: 'dead', in_dlq: true, last_error: 'http_status 500' } as const;
    expect(account(factsOf({ known: one({ says: dead, deadLetters: 1 }) })).total).toMatchObject({ dead: 1 });
    expect(complaints({ known: one({ says: dead }) })).toEqual([
      expect.stringContaining('not in the dead-letter queue'),
    ]);
    expect(complaints({ known: one({ says: { ...dead, in_dlq: false }, deadLetters: 1 }) })).toEqual([
      expect.stringContaining('the API says it is not'),
    ]);
  });

  it.each([
    ['retrying', null, 'retrying'],
    ['waiting', 'circuit', 'waiting (circuit)'],
    ['pending', null, 'pending'],
  ] as const)('does not account for what is still %s', (status, waiting_for, shown) => {
    expect(complaints({ known: one({ says: { status, waiting_for } }) })).toEqual([`the API says ${shown}`]);
  });

  it('reports a dead letter whose delivery is not dead', () => {
    expect(complaints({ known: one({ says: { status: 'retrying' }, deadLetters: 1 }) })).toEqual([
      'the API says retrying, and it is in the dead-letter queue',
    ]);
  });

  it('finds an event that was never fanned out', () => {
    expect(complaints({ known: one({}), notFannedOut: ['evt_1'] })).toEqual([
      expect.stringContaining('never fanned out'),
    ]);
  });

  it('counts duplicates by cause, and per 10,000 deliveries', () => {
    const events = Array.from({ length: 1_000 }, (_, n) => event(n));
    const twice: Known = { says: { status: 'delivered' }, taken: 2 };
    const known = { 'evt_1 ep_healthy': twice, 'evt_2 ep_healthy': { ...twice, taken: 3 } };
    const { total, duplicates } = account(factsOf({ events, known, killedAt: [500] }));
    expect(total).toMatchObject({ delivered: 1_000, duplicates: { unrecorded: 2, unexplained: 1 } });
    expect(duplicatesPer10000(total, 'unrecorded')).toBe(20);
    expect(duplicatesPer10000(total, 'open')).toBe(0);
    expect(duplicates).toMatchObject([
      { n: 1, endpoint: 'healthy', cause: 'unrecorded', answeredForMs: 500 },
      { n: 2, cause: 'unrecorded' },
      { n: 2, cause: 'unexplained' },
    ]);
  });

  it('finds a delivery that was accepted but is not final in the API', () => {
    const { total, unfinished } = account(factsOf({ known: one({ taken: 1, says: { status: 'waiting' } }) }));
    expect(total).toMatchObject({ delivered: 1, unaccounted: 0 });
    expect(unfinished.map(({ why }) => why)).toEqual(['accepted by the receiver, but the API says waiting']);
  });
});

describe('a discarded delivery', () => {
  const discarded = (reason: ApiDelivery['discard_reason']): Known => ({
    says: { status: 'discarded', discard_reason: reason },
  });

  it.each([
    ['deleted', 'endpoint_deleted'],
    ['deleted', 'endpoint_disabled'],
    ['gone', 'endpoint_disabled'],
    ['dead port', 'endpoint_disabled'],
  ] as const)('of an endpoint that is %s is accounted for by %s', (kind, reason) => {
    const went = endpoint(kind, 2_000);
    const known = (because: ApiDelivery['discard_reason']) => ({ [`evt_1 ${went.id}`]: discarded(because) });
    expect(account(factsOf({ endpoints: [went], known: known(reason) })).total.discarded).toEqual({ [reason]: 1 });
    for (const untrue of ['unsubscribed', null] as const) {
      expect(complaints({ endpoints: [went], known: known(untrue) })).toEqual([expect.stringContaining('not true')]);
    }
  });

  it('of an endpoint that was never gone is not accounted for', () => {
    expect(complaints({ known: one(discarded('endpoint_disabled')) })).toEqual([expect.stringContaining('not true')]);
  });
});

describe('a delivery that the API does not know', () => {
  const deleted = endpoint('deleted', 5_000);
  const world = (more: World): World => ({ endpoints: [deleted], known: { 'evt_1 ep_deleted': {} }, ...more });
  const owed = (more: World) => account(factsOf(world(more))).total.owed;

  it('was not owed if the endpoint was gone before the fan-out', () => {
    expect(owed({})).toBe(0);
    expect(owed({ firstSeenAt: { evt_1: 5_001 } })).toBe(0);
  });

  it('is lost if others received the event before the endpoint was gone', () => {
    expect(complaints(world({ firstSeenAt: { evt_1: 4_999 } }))).toEqual([expect.stringContaining('was there')]);
  });

  it('was not owed if a kill may have split the fan-out', () => {
    expect(owed({ firstSeenAt: { evt_1: 4_000 }, killedAt: [4_500] })).toBe(0);
    expect(owed({ firstSeenAt: { evt_1: 4_000 }, killedAt: [500, 5_500] })).toBe(1);
  });

  it('is lost if the endpoint was never gone', () => {
    expect(complaints({ known: one({}) })).toEqual(['the API knows no such delivery']);
  });
});
