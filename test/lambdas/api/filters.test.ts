import { beforeEach, describe, expect, it } from 'vitest';
import { ApiWorld } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const order = (data: unknown) => ({ type: 'order.created', data });
const attempt = (body: unknown, key?: string) => world.post('/v1/filters/try', body, key);

describe('trying a filter', () => {
  it.each([
    ['matches', 'data.amount > `100`', { amount: 101 }, { verdict: 'match', reason: null }],
    ['does not match', 'data.amount > `100`', { amount: 100 }, { verdict: 'no_match', reason: null }],
    ['fails', "contains(data.tags, 'urgent')", {}, { verdict: 'error', reason: expect.stringContaining('contains') }],
    ['sees the type', "type == 'order.created'", null, { verdict: 'match' }],
  ])('says that it %s', async (_, filter, data, expected) => {
    const reply = await attempt({ filter, event: order(data) });
    expect([reply.status, reply.body]).toEqual([200, expect.objectContaining(expected)]);
    expect(reply.body).toHaveProperty('steps', expect.any(Number));
  });

  it('says undecided of an event for which it takes more steps than the event allows', async () => {
    const items = Array.from({ length: 2_000 }, (_, at) => at);
    const filter = "length(map(&join('', [to_string(@), to_string(@)]), data.items)) > `1`";
    const reply = await attempt({ filter, event: order({ items }) });
    expect(reply.body).toEqual({ verdict: 'undecided', reason: null, steps: expect.any(Number) });
    const fewer = await attempt({ filter, event: order({ items: items.slice(0, 20) }) });
    expect(fewer.body).toMatchObject({ verdict: 'match' });
  });

  it('reads numbers exactly as they are written in the request', async () => {
    const body =
      '{"filter":"data.account == `9007199254740993`","event":{"type":"a.b","data":{"account":9007199254740993}}}';
    expect((await attempt(body)).body).toMatchObject({ verdict: 'match' });
    expect((await attempt(body.replace('993}}', '992}}'))).body).toMatchObject({ verdict: 'no_match' });
  });

  it('tries a published event, as it would be sent', async () => {
    const envelope = '{"id":"x","type":"order.created","timestamp":"","data":{"amount":12345678901234567890}}';
    await world.payloads.put('p', envelope);
    const { id } = world.event([], { payload: { key: 'p', offset: 0, length: envelope.length }, tenant: 'acme' });
    const body = { filter: 'data.amount == `12345678901234567890`', event_id: id };
    expect((await attempt(body)).body).toMatchObject({ verdict: 'match' });
    expect((await attempt(body, world.key({ tenant: 'acme', role: 'viewer' }))).status).toBe(200);
  });

  it("does not tell another tenant's event from one that does not exist", async () => {
    const { id } = world.event([], { tenant: 'acme' });
    const key = world.key({ tenant: 'globex' });
    const theirs = await attempt({ filter: 'data', event_id: id }, key);
    const none = await attempt({ filter: 'data', event_id: `evt_${'0'.repeat(26)}` }, key);
    expect([theirs.status, theirs.text]).toEqual([422, none.text]);
  });

  it.each([
    ['an expression that could not be saved', { filter: 'amount > `1`', event: order({}) }, ['filter']],
    ['no event', { filter: 'data' }, ['event']],
    ['two events', { filter: 'data', event: order({}), event_id: `evt_${'0'.repeat(26)}` }, ['event']],
    ['an event without data', { filter: 'data', event: { type: 'a.b' } }, ['event.data']],
    ['no filter', { event: order({}) }, ['filter']],
  ])('refuses %s', async (_, body, faults) => {
    const reply = await attempt(body);
    expect([reply.status, reply.faults]).toEqual([422, faults]);
  });
});
