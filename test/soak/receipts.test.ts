import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { Receipts } from '../../soak/crowd/receipts.ts';
import { eventsOf } from '../../soak/events.ts';

const events = eventsOf(7);
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const endpoint = { name: 'healthy #1', id: 'ep_1', secret, types: [events.typeOf(1)] };
const TIME = '2026-11-22T10:00:00.000Z';

let receipts: Receipts;
beforeEach(() => {
  receipts = new Receipts(events);
});

const bodyOf = (n: number, { id = `evt_${n}`, time = TIME, data = events.dataOf(n) } = {}) =>
  `{"id":"${id}","type":"${events.typeOf(n)}","timestamp":"${time}","data":${data}}`;

function webhook(body: string, id: string, signedBody = body) {
  const at = new Date();
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, signedBody),
  };
  return { headers, body, atMs: 5 };
}

describe('a webhook that the crowd receives', () => {
  it('is recorded by event and endpoint if it is exactly what was published', () => {
    const noted = receipts.note(endpoint, webhook(bodyOf(1), 'evt_1'));
    expect(noted).toEqual({ n: 1, receipt: { posts: 1, takes: [] } });
    receipts.note(endpoint, webhook(bodyOf(1), 'evt_1'));
    expect(receipts.of('ep_1', 'evt_1')).toEqual({ posts: 2, takes: [] });
    expect(receipts.firstSeenAt('evt_1')).toBe(5);
    expect(receipts.idOf(1)).toBe('evt_1');
    expect(receipts.flawCount).toBe(0);
  });

  it.each([
    ['a signature over other bytes', webhook(bodyOf(1), 'evt_1', bodyOf(2)), 'signature'],
    ['a number that was rounded', webhook(bodyOf(1).replace('6789', '6800'), 'evt_1'), 'bytes differ'],
    ['an escape that was resolved', webhook(bodyOf(1).replace('\\/', '/'), 'evt_1'), 'bytes differ'],
    [
      'the bytes of another event',
      webhook(bodyOf(1, { data: events.dataOf(1).replace('"n":1', '"n":2') }), 'evt_1'),
      'bytes differ',
    ],
    ['a foreign body', webhook('{"hello":1}', 'evt_1'), 'not from this run'],
    ['an id that differs from that in the body', webhook(bodyOf(1), 'evt_2'), 'bytes differ'],
  ])('does not count as received with %s', (_, incoming, flaw) => {
    expect(receipts.note(endpoint, incoming)).toBeUndefined();
    expect(receipts.of('ep_1', 'evt_1')).toBeUndefined();
    expect(receipts.flaws).toEqual([expect.stringContaining(flaw)]);
  });

  it('must be of a type that the endpoint subscribes to', () => {
    receipts.note({ ...endpoint, types: ['soak.other'] }, webhook(bodyOf(1), 'evt_1'));
    expect(receipts.flaws).toEqual([expect.stringContaining('does not subscribe')]);
  });

  it('has the same bytes each time, the timestamp included', () => {
    receipts.note(endpoint, webhook(bodyOf(1), 'evt_1'));
    receipts.note(endpoint, webhook(bodyOf(1, { time: '2026-11-22T10:00:01.000Z' }), 'evt_1'));
    expect(receipts.flaws).toEqual([expect.stringContaining('timestamp changed')]);
  });

  it('is one event, not two, even if its request was repeated', () => {
    receipts.note(endpoint, webhook(bodyOf(1), 'evt_1'));
    receipts.note(endpoint, webhook(bodyOf(1, { id: 'evt_1b' }), 'evt_1b'));
    expect(receipts.flaws).toEqual([expect.stringContaining('arrived as evt_1 before')]);
  });
});
