import { beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { newId } from '../../../core/ids.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { DAY } from '../../support/delivery-world.ts';

let world: ApiWorld;
let endpoint: string;
beforeEach(async () => {
  world = new ApiWorld();
  endpoint = await world.endpoint();
});

const at = (ms: number) => encodeURIComponent(new Date(ms).toISOString());

function recorded(changes: Partial<DeliveryRecord> = {}, to = endpoint): string {
  return world.delivery(world.event([to]), to, changes);
}

const DEAD: Partial<DeliveryRecord> = {
  status: 'dead',
  deliveredAt: null,
  lastError: 'http_status 500',
  deadLetter: { copy: 'c', messageId: 'm', firstReceivedAt: 0, sentAt: 0 },
};

describe('a delivery', () => {
  it('contains attempts that are kept apart from its record, each once', async () => {
    const start = world.now;
    const attempt = (number: number) => ({
      ...{
        number,
        cycle: 1,
        at: start + number,
        durationMs: 12,
        statusCode: 500,
        errorCode: 'http_status' as const,
      },
      responseExcerpt: `no ${number}`,
    });
    const id = recorded({ ...DEAD, attempts: [attempt(2), attempt(3)] });
    world.ledger.apart.set(`evt_${id.split('_')[1]}/${endpoint}`, [attempt(1), attempt(2)]);
    const { body } = await world.get(`/v1/deliveries/${id}`);
    expect(body).toMatchObject({
      attempts: [1, 2, 3].map((number) => ({ number, response_excerpt: `no ${number}` })),
    });
    const replayed = await world.request('POST', `/v1/deliveries/${id}/replay`);
    expect(replayed.body).toMatchObject({ cycle: 2, attempts: [{ number: 1 }, { number: 2 }, { number: 3 }] });
  });

  it('contains its attempts', async () => {
    const attempt = { number: 1, cycle: 1, at: world.now, durationMs: 12, responseExcerpt: 'no' };
    const id = recorded({
      status: 'retrying',
      deliveredAt: null,
      nextAttemptAt: world.now + 5000,
      lastError: 'http_status 500',
      attempts: [
        {
          ...attempt,
          statusCode: 500,
          errorCode: 'http_status',
          url: 'https://a.example/hook?x=1',
          remoteIp: '203.0.113.20',
          responseHeaders: { server: 'nginx' },
        },
        {
          ...attempt,
          number: 2,
          statusCode: null,
          errorCode: 'tls_error',
          errorDetail: 'expired',
          responseExcerpt: '',
        },
      ],
    });
    const [eventId, iso] = [`evt_${id.split('_')[1]}`, new Date(world.now).toISOString()];
    expect((await world.get(`/v1/deliveries/${id}`)).body).toEqual({
      id,
      event_id: eventId,
      event_type: 'order.created',
      endpoint_id: endpoint,
      tenant: 'default',
      status: 'retrying',
      waiting_for: null,
      cycle: 1,
      attempt_count: 1,
      next_attempt_at: new Date(attempt.at + 5000).toISOString(),
      last_error: 'http_status 500',
      discard_reason: null,
      death_reason: null,
      in_dlq: false,
      created_at: iso,
      updated_at: iso,
      delivered_at: null,
      step: 1,
      whereabouts: 'delivery_queue',
      claim: null,
      attempts: [
        {
          number: 1,
          cycle: 1,
          at: new Date(attempt.at).toISOString(),
          duration_ms: 12,
          status_code: 500,
          error_code: 'http_status',
          error_detail: null,
          url: 'https://a.example/hook?x=1',
          remote_ip: '203.0.113.20',
          response_headers: { server: 'nginx' },
          response_excerpt: 'no',
        },
        {
          number: 2,
          cycle: 1,
          at: new Date(attempt.at).toISOString(),
          duration_ms: 12,
          status_code: null,
          error_code: 'tls_error',
          error_detail: 'expired',
          url: null,
          remote_ip: null,
          response_headers: {},
          response_excerpt: '',
        },
      ],
    });
  });

  it('is pending before its first attempt is recorded, if the fan-out noted it', async () => {
    const noted = world.event([endpoint]);
    const other = world.event([]);
    const id = (eventId: string) => `dlv_${eventId.slice(4)}_${endpoint.slice(3)}`;
    expect((await world.get(`/v1/deliveries/${id(noted.id)}`)).body).toMatchObject({
      status: 'pending',
      created_at: new Date(noted.acceptedAt).toISOString(),
      attempts: [],
    });
    expect((await world.get(`/v1/deliveries/${id(other.id)}`)).status).toBe(404);
  });

  it.each<[string | null, string, Partial<DeliveryRecord>]>([
    ['delivery_queue', 'its next attempt is on its way', { status: 'retrying' }],
    ['waiting_room', 'its next attempt is due later', { status: 'waiting', waitingFor: 'backoff' }],
    ['waiting_room', 'its endpoint is paused', { status: 'waiting', waitingFor: 'paused' }],
    ['waiting_room', 'the circuit is open', { status: 'waiting', waitingFor: 'circuit' }],
    ['waiting_room', 'it found no slot under the limit', { status: 'waiting', waitingFor: 'rate_limit' }],
    ['delivery_queue', 'its copy is delayed to a slot', { status: 'waiting', waitingFor: 'rate_limit', slot: 1 }],
    [null, 'it is delivered', {}],
    [null, 'it was discarded', { status: 'discarded', discardReason: 'unsubscribed' }],
    [null, 'it is dead and no message was ever sent', { ...DEAD, deadLetter: null, deathReason: 'filter' }],
    [null, 'its dead letter has expired', DEAD],
  ])('has its message in %s when %s', async (whereabouts, _, changes) => {
    expect((await world.get(`/v1/deliveries/${recorded(changes)}`)).body).toMatchObject({ whereabouts });
  });

  it('shows its step, and a claim while it lasts', async () => {
    const claim = { messageId: 'm-1', cycle: 2, step: 4, until: world.now + 1_000, token: 'secret' };
    const id = recorded({ status: 'retrying', next: { cycle: 2, step: 4 }, claim });
    const until = new Date(claim.until).toISOString();
    const shown = async () => (await world.get(`/v1/deliveries/${id}`)).body;
    expect(await shown()).toMatchObject({ cycle: 2, step: 4, claim: { message_id: 'm-1', until } });
    expect(JSON.stringify(await shown())).not.toContain('secret');
    world.now += 1_000;
    expect(await shown()).toMatchObject({ claim: null });
  });

  it('shows no claim of an earlier cycle', async () => {
    const claim = { messageId: 'm-1', cycle: 1, step: 1, until: world.now + 1_000, token: 't' };
    const id = recorded({ status: 'retrying', next: { cycle: 2, step: 1 }, claim });
    expect((await world.get(`/v1/deliveries/${id}`)).body).toMatchObject({ claim: null });
  });

  it('is in the dead-letter queue as long as its dead letter is kept there', async () => {
    const id = recorded({ ...DEAD, deadLetter: { copy: 'c', messageId: 'm', firstReceivedAt: 0, sentAt: world.now } });
    expect((await world.get(`/v1/deliveries/${id}`)).body).toMatchObject({
      status: 'dead',
      in_dlq: true,
      whereabouts: 'dead_letter_queue',
    });
    world.now += 14 * DAY;
    expect((await world.get(`/v1/deliveries/${id}`)).body).toMatchObject({ status: 'dead', in_dlq: false });
    const gone = recorded({ ...DEAD, deadLetter: null });
    expect((await world.get(`/v1/deliveries/${gone}`)).body).toMatchObject({ in_dlq: false });
  });

  it('shows its next attempt only if a time is set for it', async () => {
    const waiting = { status: 'waiting', deliveredAt: null, nextAttemptAt: world.now } as const;
    const next = new Date(waiting.nextAttemptAt).toISOString();
    const shownFor = { backoff: next, rate_limit: next, paused: null, circuit: null } as const;
    for (const waitingFor of ['backoff', 'rate_limit', 'paused', 'circuit'] as const) {
      const id = recorded({ ...waiting, waitingFor });
      expect((await world.get(`/v1/deliveries/${id}`)).body).toMatchObject({
        waiting_for: waitingFor,
        next_attempt_at: shownFor[waitingFor],
      });
    }
  });
});

describe('lists of deliveries', () => {
  const ids = async (query: string) => (await world.get(`/v1/deliveries?${query}`)).list.ids;

  it('are newest first and without attempts: of a tenant, an endpoint, an event', async () => {
    const other = await world.endpoint({ tenant: 'acme' });
    const one = recorded();
    const two = recorded();
    const event = world.event([other], { tenant: 'acme' });
    const three = world.delivery(event, other);
    const reply = await world.get('/v1/deliveries');
    expect(reply.list.ids).toEqual([two, one]);
    expect(reply.text).not.toContain('"attempts"');
    expect(await ids('tenant=*')).toEqual([three, two, one]);
    expect(await ids('tenant=acme')).toEqual([three]);
    expect(await ids(`endpoint_id=${endpoint}`)).toEqual([two, one]);
    expect(await ids(`endpoint_id=${other}`)).toEqual([three]);
    expect(await ids(`event_id=${event.id}`)).toEqual([three]);
    expect(await ids(`event_id=${event.id}&endpoint_id=${endpoint}`)).toEqual([]);
    expect(await ids(`endpoint_id=${other}&tenant=default`)).toEqual([]);
  });

  it('never show another tenant to a bound key, whatever id it names', async () => {
    const acme = world.key({ tenant: 'acme' });
    const event = world.event([endpoint]);
    world.delivery(event, endpoint);
    for (const query of [`endpoint_id=${endpoint}`, `event_id=${event.id}`, '']) {
      expect((await world.get(`/v1/deliveries?${query}`, acme)).list.ids).toEqual([]);
    }
  });

  it('can be filtered by status and time of creation', async () => {
    const first = recorded();
    const from = world.now;
    const dead = recorded(DEAD);
    const to = world.now;
    const last = recorded();
    for (const scope of ['', `&endpoint_id=${endpoint}`]) {
      expect(await ids(`status=dead${scope}`)).toEqual([dead]);
      expect(await ids(`from=${at(to)}${scope}`)).toEqual([last, dead]);
      expect(await ids(`from=${at(from)}&to=${at(to)}${scope}`)).toEqual([first]);
    }
  });

  it('can be filtered by event type', async () => {
    recorded();
    const refund = world.event([endpoint], { type: 'refund.made' });
    const refunded = world.delivery(refund, endpoint);
    for (const scope of ['', `&endpoint_id=${endpoint}`, '&tenant=*']) {
      expect(await ids(`type=refund.made${scope}`)).toEqual([refunded]);
    }
  });

  it('do not include pending ones, and say where to find those', async () => {
    world.event([endpoint]);
    expect(await ids('')).toEqual([]);
    const reply = await world.get('/v1/deliveries?status=pending');
    expect([reply.status, reply.faults]).toEqual([422, ['status']]);
    expect(reply.text).toContain('/v1/events/');
    expect((await world.get('/v1/deliveries?status=done&endpoint_id=x&event_id=y')).faults).toEqual([
      'endpoint_id',
      'event_id',
      'status',
    ]);
  });

  it('include those of a wide event, by event, tenant and endpoint, and each can be read and replayed', async () => {
    const others = await Promise.all(Array.from({ length: 20 }, () => world.endpoint()));
    const event = world.event([endpoint, ...others], { wide: true });
    const all = [endpoint, ...others].map((to) => world.delivery(event, to));
    expect((await ids(`limit=100&event_id=${event.id}`)).toSorted()).toEqual(all.toSorted());
    expect((await ids('limit=100')).toSorted()).toEqual(all.toSorted());
    expect(await ids(`endpoint_id=${endpoint}`)).toEqual(all.slice(0, 1));
    const { deliveries } = Object((await world.get(`/v1/events/${event.id}`)).body);
    expect(deliveries).toHaveLength(21);
    expect((await world.get(`/v1/deliveries/${all[0]}`)).body).toMatchObject({ id: all[0], status: 'delivered' });
    expect((await world.post(`/v1/deliveries/${all[0]}/replay`)).status).toBe(202);
    expect((await world.get(`/v1/deliveries/${all[0]}`)).body).toMatchObject({ status: 'retrying', cycle: 2 });
  });

  it('are paged, also within one event with many endpoints', async () => {
    const endpoints = [endpoint];
    for (let count = 0; count < 4; count++) endpoints.push(await world.endpoint());
    const expected: string[] = [];
    for (let count = 0; count < 3; count++) {
      const event = world.event(endpoints);
      expected.push(...endpoints.map((to) => world.delivery(event, to)));
    }
    for (const scope of ['', '&tenant=*']) {
      const seen: string[] = [];
      for (let path: string | null = `limit=4${scope}`; path; ) {
        const { ids: page, next }: { ids: string[]; next: string | null } = (await world.get(`/v1/deliveries?${path}`))
          .list;
        seen.push(...page);
        path = next === null ? null : `limit=4${scope}&cursor=${next}`;
      }
      expect(seen.toSorted()).toEqual(expected.toSorted());
      expect(seen).toHaveLength(expected.length);
    }
  });
});

describe('a list of deliveries with a filter', () => {
  it('finds matches in an event with more deliveries than one read returns, and in earlier events', async () => {
    const older = recorded(DEAD);
    const event = world.event([endpoint]);
    const ids = Array.from({ length: 250 }, (_, count) => {
      const to = newId('ep', world.now + count, world.random);
      return world.delivery(event, to, count % 50 === 0 ? DEAD : {});
    });
    const dead = ids.filter((_, count) => count % 50 === 0);

    expect((await world.get('/v1/deliveries?status=dead')).list.ids.toSorted()).toEqual([older, ...dead].toSorted());
    const first = (await world.get('/v1/deliveries?status=dead&limit=4')).list;
    const second = (await world.get(`/v1/deliveries?status=dead&limit=4&cursor=${first.next}`)).list;
    expect([...first.ids, ...second.ids].toSorted()).toEqual([older, ...dead].toSorted());
  });
});

describe('a replay', () => {
  const replay = (id: string) => world.post(`/v1/deliveries/${id}/replay`);

  it('starts a new cycle', async () => {
    const id = recorded(DEAD);
    const reply = await replay(id);
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      id,
      status: 'retrying',
      cycle: 2,
      attempt_count: 0,
      in_dlq: false,
      attempts: [],
    });
    expect(world.sent).toMatchObject([
      { message: { endpointId: endpoint, cycle: 2, step: 1, attempt: 1, forced: true } },
    ]);
    expect((await replay(id)).status).toBe(409);
  });

  it.each([
    ['is still tried', { status: 'retrying', deliveredAt: null } as const],
    ['waits', { status: 'waiting', waitingFor: 'paused', deliveredAt: null } as const],
  ])('is refused while the delivery %s', async (_, changes) => {
    expect((await replay(recorded(changes))).status).toBe(409);
    expect(world.sent).toEqual([]);
  });

  it('is refused with 409 for a pending delivery, a disabled and a deleted endpoint', async () => {
    const pending = world.event([endpoint]);
    expect((await replay(`dlv_${pending.id.slice(4)}_${endpoint.slice(3)}`)).status).toBe(409);
    const id = recorded(DEAD);
    await world.request('PATCH', `/v1/endpoints/${endpoint}`, { body: { state: 'disabled' } });
    expect((await replay(id)).body).toMatchObject({ status: 409, detail: expect.stringContaining('disabled') });
    await world.request('DELETE', `/v1/endpoints/${endpoint}`);
    expect((await replay(id)).body).toMatchObject({ status: 409, detail: expect.stringContaining('deleted') });
    expect(world.sent).toEqual([]);
  });

  it('is refused with 410 near the end of the payload', async () => {
    const id = recorded(DEAD);
    world.now += 30 * DAY - 60_000;
    expect((await replay(id)).status).toBe(410);
  });
});

describe('send-now', () => {
  const sendNow = (id: string) => world.post(`/v1/deliveries/${id}/send-now`);
  const waiting = (changes: Partial<DeliveryRecord> = {}) =>
    recorded({
      status: 'waiting',
      waitingFor: 'backoff',
      next: { cycle: 1, step: 3 },
      attemptCount: 2,
      nextAttemptAt: world.now + DAY,
      deliveredAt: null,
      ...changes,
    });

  it('sends the next attempt of a waiting delivery in the same cycle, once', async () => {
    const id = waiting();
    const reply = await sendNow(id);
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      id,
      status: 'retrying',
      waiting_for: null,
      cycle: 1,
      step: 3,
      attempt_count: 2,
    });
    expect(world.sent).toMatchObject([
      { delaySeconds: 0, message: { cycle: 1, step: 3, attempt: 3, requested: true } },
    ]);
    expect((await sendNow(id)).body).toMatchObject({ status: 409, detail: expect.stringContaining('does not wait') });
    expect(world.sent).toHaveLength(1);
    expect((await world.get(`/v1/audit?object=${id}`)).list.data).toMatchObject([
      { action: 'delivery.sent_now', actor: { kind: 'api_key' } },
    ]);
  });

  it.each([
    ['delivered', { status: 'delivered', waitingFor: null }, 'replay it'],
    ['on its way', { status: 'retrying', waitingFor: null }, 'does not wait'],
    ['at its slot', { waitingFor: 'rate_limit', slot: 5 }, 'rate limit'],
  ] as const)('is refused for a delivery that is %s', async (_, changes, detail) => {
    const reply = await sendNow(waiting(changes));
    expect(reply.body).toMatchObject({ status: 409, detail: expect.stringContaining(detail) });
    expect([
      world.sent,
      [...world.audit.entries.values()].filter(({ action }) => action === 'delivery.sent_now'),
    ]).toEqual([[], []]);
  });

  it('is refused for a pending delivery, and while the endpoint would hold or discard it', async () => {
    const pending = world.event([endpoint]);
    expect((await sendNow(`dlv_${pending.id.slice(4)}_${endpoint.slice(3)}`)).status).toBe(409);
    const id = waiting({ waitingFor: 'paused', nextAttemptAt: null });
    for (const state of ['paused', 'disabled']) {
      await world.request('PATCH', `/v1/endpoints/${endpoint}`, { body: { state } });
      expect((await sendNow(id)).body).toMatchObject({ status: 409, detail: expect.stringContaining(state) });
    }
    await world.request('DELETE', `/v1/endpoints/${endpoint}`);
    expect((await sendNow(id)).body).toMatchObject({ status: 409, detail: expect.stringContaining('deleted') });
    expect(world.sent).toEqual([]);
  });

  it('is refused with 410 near the end of the payload', async () => {
    const id = waiting();
    world.now += 30 * DAY - 60_000;
    expect((await sendNow(id)).status).toBe(410);
  });
});
