import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AttemptEntry, DeliveryRecord } from '../../../core/deliveries/record.ts';
import { deliveryId } from '../../../core/ids.ts';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
let endpoint: string;
let secret: string;
let start: number;
beforeEach(async () => {
  world = new ApiWorld();
  endpoint = await world.endpoint({ headers: { 'X-Api-Key': 'hush-hush' } });
  secret = (await world.get(`/v1/endpoints/${endpoint}/secret`)).field('secret');
  world.now += 60_000;
  start = world.now;
});

const BODY = '{"id":"evt_1","type":"order.created","data":{"n":12345678901234567890,"s":"\\u00e9"}}';
const attempt = (number: number, cycle = 1): AttemptEntry => ({
  ...{ number, cycle, at: start + cycle * 10_000 + number * 1_000 + 400, durationMs: 12, statusCode: 500 },
  ...{ errorCode: 'http_status', url: `https://then.example/${cycle}/${number}`, responseExcerpt: '' },
});
const published = () => {
  world.payloads.objects.set('p', Buffer.from(BODY));
  return world.event([endpoint], { payload: { key: 'p', offset: 0, length: Buffer.byteLength(BODY) } });
};
/** Whether the library of the receiver makes the same signature. */
function isSignedBy(
  by: string,
  { headers, signatures }: { headers: Record<string, string>; signatures: Record<string, string> },
) {
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
  return signatures['webhook-signature'] === new Webhook(by).sign(headers['webhook-id'] ?? '', at, BODY);
}
/** A delivery of an event with this body. */
function recorded(changes: Partial<DeliveryRecord>): string {
  return world.delivery(published(), endpoint, changes);
}
const requestOf = (id: string, query = '', key?: string) => world.get(`/v1/deliveries/${id}/request${query}`, key);
const shown = async (id: string, query = '', key?: string) => JSON.parse((await requestOf(id, query, key)).text);

describe('the request of an attempt', () => {
  it('has the exact body, the URL and the signature of its time, and no value of a header', async () => {
    const id = recorded({ attempts: [attempt(1), attempt(2)] });

    const first = await shown(id, '?attempt=1');
    expect(first).toMatchObject({
      ...{ delivery_id: id, method: 'POST', url: 'https://then.example/1/1', body: BODY, unsigned: null },
      attempt: { cycle: 1, number: 1, at: new Date(start + 11_400).toISOString() },
      headers: { 'X-Api-Key': '[set]', 'x-postrider-attempt': '1' },
    });
    expect(first.headers['webhook-timestamp']).toBe(String(Math.floor((start + 11_400) / 1_000)));
    expect([isSignedBy(secret, first), isSignedBy('whsec_b3RoZXI=', first)]).toEqual([true, false]);
    expect((await requestOf(id)).text).not.toContain('hush-hush');
  });

  it('is that of the newest attempt, unless another is named', async () => {
    const id = recorded({ attempts: [attempt(1), attempt(2), attempt(1, 2)] });
    const of = async (query: string) => (await shown(id, query)).url;
    expect(await of('')).toBe('https://then.example/2/1');
    expect(await of('?cycle=1')).toBe('https://then.example/1/2');
    expect(await of('?cycle=1&attempt=1')).toBe('https://then.example/1/1');
    expect(await of('?attempt=2')).toBe('https://then.example/1/2');
  });

  it('is without signatures if a rotation may have come between', async () => {
    const id = recorded({ attempts: [attempt(1)] });
    world.now += 10_000;
    await world.post(`/v1/endpoints/${endpoint}/secret/rotate`, {});
    expect(await shown(id)).toMatchObject({ signatures: null, unsigned: 'secret_unknown', body: BODY });

    world.now += 10_000;
    const later = recorded({ attempts: [attempt(10)] });
    const { signatures } = await shown(later);
    expect(signatures['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  });

  it.each([
    ['?attempt=3', 404],
    ['?cycle=2', 404],
    ['?attempt=0', 422],
    ['?attempt=x', 422],
    ['?cycle=1.5', 422],
    ['?number=1', 422],
  ])('is refused if there is none: %s', async (query, status) => {
    const reply = await requestOf(recorded({ attempts: [attempt(1)] }), query);
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });

  it('is refused once the endpoint or the payload is gone, and says so', async () => {
    const id = recorded({ attempts: [attempt(1)] });
    world.payloads.objects.clear();
    expect((await requestOf(id)).status).toBe(410);
    await world.request('DELETE', `/v1/endpoints/${endpoint}`);
    expect((await requestOf(id)).status).toBe(409);
  });
});

describe('the request that is to be made', () => {
  const retrying: Partial<DeliveryRecord> = { status: 'retrying', deliveredAt: null, attemptCount: 1 };

  it('is signed now, for whom may replay alone', async () => {
    const id = recorded({ ...retrying, attempts: [attempt(1)] });
    const tenant = world.ledger.records.values().next().value?.tenant ?? '';
    const { token: looks } = await world.session({ tenant, capabilities: ['view'] });
    const { token: replays } = await world.session({ tenant, capabilities: ['view', 'replay'] });

    const signed = await shown(id, '?attempt=next');
    expect(signed).toMatchObject({ attempt: null, url: 'https://example.com/hook', unsigned: null });
    expect(signed.headers).toMatchObject({
      'x-postrider-attempt': '2',
      'webhook-timestamp': String(Math.floor(world.now / 1_000)),
    });
    expect(isSignedBy(secret, signed)).toBe(true);
    expect((await shown(id, '?attempt=next', replays)).signatures).toEqual(signed.signatures);
    for (const key of [looks, world.key({ role: 'viewer' })]) {
      expect(await shown(id, '?attempt=next', key)).toMatchObject({ signatures: null, unsigned: 'not_allowed' });
      expect(await shown(id, '', key)).toMatchObject({ unsigned: null });
    }
  });

  it('is shown of a delivery without an attempt, pending or recorded', async () => {
    expect(await shown(deliveryId(published().id, endpoint))).toMatchObject({
      attempt: null,
      headers: { 'x-postrider-attempt': '1' },
    });
    const discarded = recorded({
      status: 'discarded',
      deliveredAt: null,
      attemptCount: 0,
      discardReason: 'unsubscribed',
    });
    expect(await shown(discarded)).toMatchObject({ attempt: null, headers: { 'x-postrider-attempt': '1' } });
  });
});
