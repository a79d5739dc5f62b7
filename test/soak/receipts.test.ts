import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it } from 'vitest';
import { Receipts } from '../../soak/crowd/receipts.ts';
import { eventsOf } from '../../soak/events.ts';

const events = eventsOf(7);
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const addressee = { name: 'healthy #1', id: 'ep_1', secret, types: [events.typeOf(1)] };
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

describe('what the crowd receives', () => {
  it('is noted by event and endpoint when it is as it was published', () => {
    const noted = receipts.note(addressee, webhook(bodyOf(1), 'evt_1'));
    expect(noted).toEqual({ n: 1, receipt: { posts: 1, taken: 0 } });
    receipts.note(addressee, webhook(bodyOf(1), 'evt_1'));
    expect(receipts.of('ep_1', 'evt_1')).toEqual({ posts: 2, taken: 0 });
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
    ['a body of somebody else', webhook('{"hello":1}', 'evt_1'), 'not of this run'],
    ['an id that is not that of the body', webhook(bodyOf(1), 'evt_2'), 'bytes differ'],
  ])('counts as received by nobody with %s', (_, incoming, flaw) => {
    expect(receipts.note(addressee, incoming)).toBeUndefined();
    expect(receipts.of('ep_1', 'evt_1')).toBeUndefined();
    expect(receipts.flaws).toEqual([expect.stringContaining(flaw)]);
  });

  it('must be what the endpoint subscribes to', () => {
    receipts.note({ ...addressee, types: ['soak.other'] }, webhook(bodyOf(1), 'evt_1'));
    expect(receipts.flaws).toEqual([expect.stringContaining('does not subscribe')]);
  });

  it('has the same bytes each time, the timestamp included', () => {
    receipts.note(addressee, webhook(bodyOf(1), 'evt_1'));
    receipts.note(addressee, webhook(bodyOf(1, { time: '2026-11-22T10:00:01.000Z' }), 'evt_1'));
    expect(receipts.flaws).toEqual([expect.stringContaining('timestamp changed')]);
  });

  it('is one event, not two, however often its request was repeated', () => {
    receipts.note(addressee, webhook(bodyOf(1), 'evt_1'));
    receipts.note(addressee, webhook(bodyOf(1, { id: 'evt_1b' }), 'evt_1b'));
    expect(receipts.flaws).toEqual([expect.stringContaining('arrived as evt_1 before')]);
  });
});
