import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

const MINUTE = 60_000;
let world: DeliveryWorld;
let put: DeliveryWorld['ledger']['put'];
beforeEach(() => {
  world = new DeliveryWorld();
  put = world.ledger.put;
});

/** Throttles the writes of an event's delivery; those of others succeed. */
function throttle(eventId: string): void {
  world.ledger.put = (record: DeliveryRecord, expected) =>
    record.eventId === eventId ? Promise.reject(new Error('throttled')) : put(record, expected);
}

/** Another execution environment continues, with an empty memory. */
const elsewhere = () => world.ports.unrecordedResults.clear();

describe('a result that cannot be recorded', () => {
  it('holds its invocation for no more than two seconds, and is recorded later without another POST', async () => {
    throttle('evt_1');
    await world.send(aMessage());
    await world.send(aMessage({ eventId: 'evt_2' }));
    const began = world.now;
    await world.invoke(world.receive());
    expect(world.now - began).toBeLessThanOrEqual(2_000);
    expect(world.record('evt_2')).toMatchObject({ status: 'delivered' });
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });

    world.ledger.put = put;
    elsewhere();
    await world.run(MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
    expect(world.record()?.attempts).toHaveLength(1);
    expect(world.posts).toHaveLength(2);
  });

  it('is carried without the slot of its POST, which may be that of an earlier cycle', async () => {
    await world.send(aMessage({ step: 2, slot: START }));
    // A later step claims its POST first.
    world.ledger.put = (record, expected) =>
      record.claim === null ? Promise.reject(new Error('throttled')) : put(record, expected);
    await world.invoke(world.receive());
    world.now += MINUTE;
    const [carried = expect.fail('no message')] = world.receive();
    expect(carried.message).toMatchObject({ step: 3, attempt: 1, result: { statusCode: 200 } });
    expect(carried.message).not.toHaveProperty('slot');
  });

  it('stays with its message as long as the writes fail', async () => {
    throttle('evt_1');
    await world.send(aMessage());
    await world.run(10 * MINUTE);
    world.ledger.put = put;
    elsewhere();
    await world.run(10 * MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered' });
    expect(world.posts).toHaveLength(1);
  });

  it('is that of its own attempt only: the next attempt makes its POST', async () => {
    throttle('evt_1');
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.ledger.put = put;
    elsewhere();
    await world.run(10 * MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 2 });
    expect(world.posts).toHaveLength(2);
  });

  it('does not move a delivery whose next attempt was claimed since it was read', async () => {
    const result = { at: START, durationMs: 5, statusCode: 500, errorCode: 'http_status' as const };
    await world.send(aMessage({ step: 2, result: { ...result, retryAfter: null, responseExcerpt: '' } }));
    const before = { ...startOf(aMessage(), START), revision: 1 };
    const claim = { messageId: 'm0', cycle: 1, step: 2, until: START + MINUTE, token: 'theirs' };
    const key = 'evt_1/ep_1';
    world.ledger.records.set(key, { ...before, claim, revision: 2 });
    const { load } = world.ledger;
    world.ledger.load = async (...wanted) => ({
      ...(await load(...wanted)),
      records: new Map([[key, before]]),
    });
    await world.invoke(world.receive());
    expect(world.record()).toMatchObject({ claim, next: { cycle: 1, step: 1 }, attemptCount: 0 });
    expect(world.record()?.attempts).toMatchObject([{ number: 1, statusCode: 500 }]);
    // It is received again, when the claim has ended.
    expect(world.queues.counts(world.queue).inFlight).toBe(1);
  });

  it('keeps why TLS failed', async () => {
    const result = {
      at: START,
      durationMs: 5,
      statusCode: null,
      errorCode: 'tls_error',
      errorDetail: 'expired',
    } as const;
    await world.send(aMessage({ step: 2, result: { ...result, retryAfter: null, responseExcerpt: '' } }));
    await world.invoke(world.receive());
    expect(world.record()?.attempts).toMatchObject([{ errorCode: 'tls_error', errorDetail: 'expired' }]);
  });

  it('that is a success wins, also over a POST that was claimed since it was read', async () => {
    const result = {
      at: START,
      durationMs: 5,
      statusCode: 200,
      errorCode: null,
      retryAfter: null,
      responseExcerpt: '',
    };
    await world.send(aMessage({ step: 2, result }));
    const before = { ...startOf(aMessage(), START), revision: 1 };
    const claim = { messageId: 'm0', cycle: 1, step: 2, until: START + MINUTE, token: 'theirs' };
    world.ledger.records.set('evt_1/ep_1', { ...before, claim, revision: 2 });
    const { load } = world.ledger;
    world.ledger.load = async (...wanted) => ({
      ...(await load(...wanted)),
      records: new Map([['evt_1/ep_1', before]]),
    });
    await world.invoke(world.receive());
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('of a last attempt ends as a dead letter, whose redrive makes a POST', async () => {
    throttle('evt_1');
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.ledger.put = put;
    elsewhere();
    await world.run(MINUTE);
    expect(world.record()).toMatchObject({ status: 'dead', deathReason: 'exhausted', attemptCount: 1 });
    expect(world.queues.counts(world.deadLetters).visible).toBe(1);

    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    await world.run(MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 }, attemptCount: 1 });
    expect(world.posts).toHaveLength(2);
  });

  it('of a dead letter is not that of its redrive, even if that is delayed under a rate limit', async () => {
    throttle('evt_1');
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.ledger.put = put;
    await world.run(MINUTE);
    world.change('ep_1', { rateLimitPerSecond: 1 });
    for (let at = 2; at < 6; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    await world.run(MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 }, attemptCount: 1 });
    expect(world.posts).toHaveLength(6);
  });

  it('whose write took effect after all leaves no death without a dead letter', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    world.ledger.put = async (record, expected) => {
      await put(record, expected);
      throw new Error('the response is lost');
    };
    const { find } = world.ledger;
    world.ledger.find = () => Promise.reject(new Error('throttled'));
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.ledger.put = put;
    world.ledger.find = find;
    await world.run(MINUTE);
    const [letter] = world.queues.receive(world.deadLetters, { max: 10 });
    expect(world.record()).toMatchObject({ status: 'dead', deadLetter: { messageId: letter?.messageId } });
    expect(world.posts).toHaveLength(1);
  });

  it('lets a duplicate in its batch wait, which then finds it recorded', async () => {
    throttle('evt_1');
    await world.send(aMessage());
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.ledger.put = put;
    elsewhere();
    await world.run(10 * MINUTE);
    expect(world.posts).toHaveLength(1);
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('is known in its execution environment if the message comes again before the copy', async () => {
    throttle('evt_1');
    await world.send(aMessage());
    const batch = world.receive();
    await world.invoke(batch);
    world.ledger.put = put;
    await world.invoke(batch);
    expect(world.record()).toMatchObject({ status: 'delivered' });
    await world.run(10 * MINUTE);
    expect(world.posts).toHaveLength(1);
    expect(world.ports.unrecordedResults.size).toBe(0);
  });

  it('stays in memory if it cannot be handed on either', async () => {
    throttle('evt_1');
    world.ports.remainingMs = () => (world.posts.length === 0 ? 60_000 : 1_000);
    await world.send(aMessage());
    const { send } = world.ports.queue;
    world.ports.queue.send = () => Promise.reject(new Error('SQS is not available'));
    await world.invoke(world.receive());
    expect(world.queues.counts(world.queue).inFlight).toBe(1);
    world.ports.remainingMs = () => 60_000;
    world.ledger.put = put;
    world.ports.queue.send = send;
    await world.run(10 * MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered' });
    expect(world.posts).toHaveLength(1);
  });
});

describe('a message that is delayed to its slot while its record cannot be written', () => {
  it('is acknowledged once its copy is sent, so that copies do not multiply', async () => {
    world.change('ep_1', { rateLimitPerSecond: 1 });
    throttle('evt_5');
    for (let at = 1; at <= 5; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    await world.run(60 * MINUTE);
    const { visible, inFlight, delayed } = world.queues.counts(world.queue);
    expect(visible + inFlight + delayed + world.queues.counts(world.deadLetters).visible).toBe(1);

    world.ledger.put = put;
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    await world.run(10 * MINUTE);
    expect(world.record('evt_5')).toMatchObject({ status: 'delivered' });
    expect(world.posts).toHaveLength(5);
  });
});
