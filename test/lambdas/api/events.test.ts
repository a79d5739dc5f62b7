import { beforeEach, describe, expect, it } from 'vitest';
import { ApiWorld } from '../../support/api-world.ts';
import { DAY } from '../../support/delivery-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const at = (ms: number) => encodeURIComponent(new Date(ms).toISOString());

describe('an event', () => {
  it('shows every field, with null for unknown values', async () => {
    const event = world.event();
    expect((await world.get(`/v1/events/${event.id}`)).body).toEqual({
      id: event.id,
      type: 'order.created',
      tenant: 'default',
      timestamp: event.timestamp,
      accepted_at: new Date(event.acceptedAt).toISOString(),
      version: null,
      metadata: null,
      resource_url: null,
      size_bytes: 2,
      matched_endpoints: 0,
      deliveries: [],
    });
  });

  it('shows recorded deliveries and pending ones, without attempts', async () => {
    const [tried, waiting] = [await world.endpoint(), await world.endpoint()];
    const event = world.event([tried, waiting]);
    const id = world.delivery(event, tried);
    const reply = await world.get(`/v1/events/${event.id}`);
    const pendingId = id.replace(tried.slice(3), waiting.slice(3));
    expect(reply.body).toMatchObject({
      matched_endpoints: 2,
      deliveries: [
        { id, status: 'delivered', endpoint_id: tried },
        { id: pendingId, status: 'pending', attempt_count: 0, cycle: 1, endpoint_id: waiting, delivered_at: null },
      ],
    });
    expect(reply.text).not.toContain('"attempts"');
  });

  it('does not say how many endpoints matched before the fan-out is done', async () => {
    const event = world.event([], { fanout: { 0: { matched: 200, endpointIds: [], last: false } } });
    expect((await world.get(`/v1/events/${event.id}`)).body).toMatchObject({ matched_endpoints: null });
  });

  it('includes its data on request, as written', async () => {
    const data = '{"b":1.0,"a":12345678901234567890, "t":"\\u00e9"}';
    const body = `{"id":"x","type":"t","timestamp":"","data":${data},"metadata":{}}`;
    await world.payloads.put('p', body);
    const event = world.event([], { payload: { key: 'p', offset: 0, length: body.length } });
    const reply = await world.get(`/v1/events/${event.id}?include=data`);
    expect(reply.text.endsWith(`,"data":${data}}`)).toBe(true);
    expect(reply.body).toMatchObject({ id: event.id });
    expect((await world.get(`/v1/events/${event.id}`)).text).not.toContain('"data"');
    expect((await world.get(`/v1/events/${event.id}?include=payload`)).faults).toEqual(['include']);
  });

  it('is shown even if its payload is gone, and says so if its data is requested', async () => {
    const event = world.event();
    expect((await world.get(`/v1/events/${event.id}`)).status).toBe(200);
    const reply = await world.get(`/v1/events/${event.id}?include=data`);
    expect([reply.status, reply.body]).toMatchObject([410, { type: 'urn:postrider:problem:gone' }]);
  });

  it('is gone after its expiry, before storage removes it', async () => {
    const event = world.event();
    world.now += 30 * DAY;
    expect((await world.get(`/v1/events/${event.id}`)).status).toBe(404);
    expect((await world.get('/v1/events')).list.ids).toEqual([]);
  });
});

describe('lists of events', () => {
  it('are newest first, of one tenant, with deliveries', async () => {
    const endpoint = await world.endpoint();
    const older = world.event([endpoint]);
    const newer = world.event([]);
    world.event([], { tenant: 'acme' });
    const { ids, data, next } = (await world.get('/v1/events')).list;
    expect(ids).toEqual([newer.id, older.id]);
    expect(data[1]).toMatchObject({ deliveries: [{ endpoint_id: endpoint, status: 'pending' }] });
    expect(next).toBeNull();
    expect((await world.get('/v1/events?tenant=*')).list.ids).toHaveLength(3);
  });

  it('can be filtered by type and a range, start inclusive, end exclusive', async () => {
    const [one, two, three] = [world.event(), world.event([], { type: 'order.paid' }), world.event()];
    const ids = async (query: string) => (await world.get(`/v1/events?${query}`)).list.ids;
    expect(await ids('type=order.paid')).toEqual([two.id]);
    expect(await ids(`from=${at(two.acceptedAt)}`)).toEqual([three.id, two.id]);
    expect(await ids(`to=${at(two.acceptedAt)}`)).toEqual([one.id]);
    expect(await ids(`from=${at(two.acceptedAt)}&to=${at(three.acceptedAt)}`)).toEqual([two.id]);
  });

  it('are paged without gaps or duplicates while events are added', async () => {
    const ids = Array.from({ length: 7 }, () => world.event().id).reverse();
    const seen: string[] = [];
    for (let path: string | null = '/v1/events?limit=3'; path; ) {
      const { ids: page, next }: { ids: string[]; next: string | null } = (await world.get(path)).list;
      seen.push(...page);
      world.event();
      path = next === null ? null : `/v1/events?limit=3&cursor=${next}`;
    }
    expect(seen).toEqual(ids);
  });

  it('stop after a limited number of events, and say where to continue', async () => {
    const rare = world.event([], { type: 'rare.one' });
    for (let count = 0; count < 1_500; count++) world.event();
    const first = (await world.get('/v1/events?type=rare.one')).list;
    expect(first.ids).toEqual([]);
    expect(first.next).not.toBeNull();
    const second = (await world.get(`/v1/events?type=rare.one&cursor=${first.next}`)).list;
    expect([second.ids, second.next]).toEqual([[rare.id], null]);
  });
});

describe('a cursor', () => {
  it('is valid only for its query: another tenant, filter or list refuses it', async () => {
    for (let count = 0; count < 3; count++) world.event();
    const { next } = (await world.get('/v1/events?limit=1')).list;
    expect((await world.get(`/v1/events?limit=2&cursor=${next}`)).status).toBe(200);
    for (const path of [
      'events?tenant=acme',
      'events?type=a.b',
      'events?tenant=*',
      'deliveries?limit=1',
      'endpoints?',
    ]) {
      const reply = await world.get(`/v1/${path}&cursor=${next}`);
      expect([path, reply.status, reply.faults]).toEqual([path, 422, ['cursor']]);
    }
  });

  it.each(['garbage', '', '%00', Buffer.from('{"q":"x"}').toString('base64url'), 'bnVsbA'])(
    'that is none is refused: %s',
    async (cursor) => {
      for (const list of ['events', 'endpoints', 'deliveries', 'keys']) {
        const reply = await world.get(`/v1/${list}?cursor=${cursor}`);
        expect([reply.status, reply.faults]).toEqual([422, ['cursor']]);
      }
    },
  );
});
