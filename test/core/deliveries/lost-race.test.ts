import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { ReceivedDelivery } from '../../../core/deliveries/message.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

describe('a message that SQS delivers twice', () => {
  it('stays the dead letter when one receive makes the last attempt and the other was about to hold it', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    await world.send(aMessage({ cycle: 2, forced: true }));
    const [first] = world.receive();
    const second = { ...(first ?? expect.fail('no message')) };
    // Read before the first receive recorded the delivery as dead, written after.
    const { load } = world.ledger;
    let seen: Awaited<ReturnType<typeof load>> | undefined;
    world.ledger.load = async (...wanted) => seen ?? load(...wanted);
    seen = await load([first?.message ?? expect.fail()], ['ep_1']);
    await world.invoke([first ?? expect.fail()]);
    expect(world.record()).toMatchObject({ status: 'dead', deadLetter: { messageId: first?.messageId } });

    world.change('ep_1', { state: 'paused' });
    seen.endpoints.set('ep_1', {
      endpoint: world.endpoints.get('ep_1') ?? expect.fail(),
      health: world.health.get('ep_1') ?? expect.fail(),
    });
    await world.invoke([second]);
    world.ledger.load = load;
    await world.run(60_000);
    expect(world.queues.counts(world.deadLetters).visible).toBe(1);
  });
});

describe('a message whose duplicate was sent on', () => {
  it('keeps the attempt that it made while the other, a step ahead, was about to be held', async () => {
    world.answer = () => 500;
    await world.send(aMessage());
    await world.drain();
    expect(world.record()).toMatchObject({ status: 'retrying', attemptCount: 1, next: { step: 2 } });
    world.now += 60_000;
    const [retry = expect.fail('no message')] = world.receive();
    await world.send(aMessage({ step: 3, attempt: 2 }));
    const [ahead = expect.fail('no message')] = world.receive();
    // Read before the other one recorded its attempt, written after.
    const { load } = world.ledger;
    const seen = await load([ahead.message], ['ep_1']);
    await world.invoke([retry]);
    expect(world.record()).toMatchObject({ status: 'retrying', attemptCount: 2, next: { step: 3 } });

    world.change('ep_1', { state: 'paused' });
    const health = world.health.get('ep_1') ?? expect.fail();
    seen.endpoints.set('ep_1', { endpoint: world.endpoints.get('ep_1') ?? expect.fail(), health });
    world.ledger.load = async () => seen;
    world.now += 6_000;
    await world.invoke([ahead]);
    expect(world.record()).toMatchObject({ status: 'retrying', attemptCount: 2, next: { step: 3 } });
  });

  it('leaves its successor as the dead letter when it is deleted after its death', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    await world.send(aMessage());
    const [plain] = world.receive();
    // The other receive sent it on to the slow lane; this one makes the last attempt; then the other deletes it.
    await world.ports.queue.send([{ message: aMessage({ step: 2 }), delaySeconds: 10, lane: 'slow' }]);
    await world.invoke([plain ?? expect.fail('no message')]);
    world.queues.delete(world.queue, plain?.receiptHandle ?? '');
    expect(world.record()).toMatchObject({ status: 'dead' });

    await world.run(60_000);
    expect(world.posts).toHaveLength(1);
    const [deadLetter] = world.queues.receive(world.deadLetters, { max: 10 });
    expect(deadLetter?.messageId).toBe(world.record()?.deadLetter?.messageId);
  });

  it('leaves its successor as the dead letter, even if the successor was read before that death', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    await world.send(aMessage());
    const [plain = expect.fail('no message')] = world.receive();
    await world.ports.queue.send([{ message: aMessage({ step: 2 }), delaySeconds: 0 }]);
    const [successor = expect.fail('no message')] = world.receive();
    await readBefore(successor, async () => {
      await world.invoke([plain]);
      world.queues.delete(world.queue, plain.receiptHandle);
    });

    await world.run(60_000);
    expect(world.posts).toHaveLength(1);
    const [deadLetter] = world.queues.receive(world.deadLetters, { max: 10 });
    expect(deadLetter?.messageId).toBe(world.record()?.deadLetter?.messageId);
  });

  it('is attempted once when both were read before the attempt and the next attempt is far off', async () => {
    const retryPolicy = { ...anEndpoint().retryPolicy, initial_delay_seconds: 3_600, jitter: 0 };
    world.change('ep_1', { retryPolicy });
    world.answer = () => 500;
    await world.send(aMessage());
    const [plain = expect.fail('no message')] = world.receive();
    await world.ports.queue.send([{ message: aMessage({ step: 2 }), delaySeconds: 0 }]);
    const [sentOn = expect.fail('no message')] = world.receive();
    await readBefore(sentOn, () => world.invoke([plain]));

    await world.run(60_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'waiting', attemptCount: 1 });
  });
});

describe('a message whose delivery another one claims after it was read', () => {
  it('neither moves the delivery nor is deleted: it is received again when the claim ends', async () => {
    world.change('ep_1', { state: 'paused' });
    await world.send(aMessage());
    const [message = expect.fail('no message')] = world.receive();
    const claim = { messageId: 'm0', cycle: 1, step: 1, until: START + 20_000, token: 'theirs' };
    await readBefore(message, () => world.ledger.put({ ...startOf(message.message, START), claim, revision: 1 }, null));
    expect(world.record()).toMatchObject({ status: 'retrying', claim });
    expect(world.queues.nextVisibleAtMs(world.queue)).toBe(START + 20_000);
    expect(world.notAttempted).toEqual(['claimed by another receive']);
  });
});

/** Processes a message with records that were read before something else happened. */
async function readBefore(message: ReceivedDelivery, happens: () => Promise<unknown>): Promise<void> {
  const { load } = world.ledger;
  const seen = await load([message.message], [message.message.endpointId]);
  await happens();
  world.ledger.load = async () => seen;
  await world.invoke([message]);
  world.ledger.load = load;
}

describe('an endpoint that was just enabled', () => {
  it('gets its delivery although the cache still has it as disabled', async () => {
    world.change('ep_1', { state: 'disabled', disabledReason: 'failing' });
    await world.send(aMessage({ eventId: 'evt_0' }));
    await world.drain();
    expect(world.record('evt_0')).toMatchObject({ status: 'discarded', discardReason: 'endpoint_disabled' });

    world.registry.endpoints.set('ep_1', anEndpoint({ version: 3 }));
    world.now = START + 1_000;
    await world.send(aMessage({ eventId: 'evt_1' }));
    await world.drain();
    expect(world.record('evt_1')).toMatchObject({ status: 'delivered' });
  });
});
