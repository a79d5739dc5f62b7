import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { ReceivedDelivery } from '../../../core/deliveries/message.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

describe('a message that SQS hands out twice', () => {
  it('stays the letter of its delivery when the other hand-out made the last attempt, and this one was to wait', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    await world.send(aMessage({ cycle: 2, forced: true }));
    const [first] = world.receive();
    const second = { ...(first ?? expect.fail('no message')) };
    // Read before the first hand-out died of its attempt, written after.
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

describe('a message whose twin was handed on', () => {
  it('leaves its heir as the letter, when its own deletion follows on its death', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    await world.send(aMessage());
    const [plain] = world.receive();
    // The other hand-out had passed it on to the slow lane; this one dies of the attempt; then the first deletes it.
    await world.ports.queue.send([{ message: aMessage({ step: 2 }), delaySeconds: 10, lane: 'slow' }]);
    await world.invoke([plain ?? expect.fail('no message')]);
    world.queues.delete(world.queue, plain?.receiptHandle ?? '');
    expect(world.record()).toMatchObject({ status: 'dead' });

    await world.run(60_000);
    expect(world.posts).toHaveLength(1);
    const [letter] = world.queues.receive(world.deadLetters, { max: 10 });
    expect(letter?.messageId).toBe(world.record()?.deadLetter?.messageId);
  });

  it('leaves its heir as the letter, also when the heir was read before that death', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = () => 500;
    await world.send(aMessage());
    const [plain = expect.fail('no message')] = world.receive();
    await world.ports.queue.send([{ message: aMessage({ step: 2 }), delaySeconds: 0 }]);
    const [heir = expect.fail('no message')] = world.receive();
    await readBefore(heir, async () => {
      await world.invoke([plain]);
      world.queues.delete(world.queue, plain.receiptHandle);
    });

    await world.run(60_000);
    expect(world.posts).toHaveLength(1);
    const [letter] = world.queues.receive(world.deadLetters, { max: 10 });
    expect(letter?.messageId).toBe(world.record()?.deadLetter?.messageId);
  });

  it('is attempted once, when both were read before the attempt and the next one is far away', async () => {
    const retryPolicy = { ...anEndpoint().retryPolicy, initial_delay_seconds: 3_600, jitter: 0 };
    world.change('ep_1', { retryPolicy });
    world.answer = () => 500;
    await world.send(aMessage());
    const [plain = expect.fail('no message')] = world.receive();
    await world.ports.queue.send([{ message: aMessage({ step: 2 }), delaySeconds: 0 }]);
    const [handedOn = expect.fail('no message')] = world.receive();
    await readBefore(handedOn, () => world.invoke([plain]));

    await world.run(60_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'waiting', attemptCount: 1 });
  });
});

describe('a message whose delivery another one claims after it was read', () => {
  it('neither moves the delivery nor is deleted: it comes again when the claim ends', async () => {
    world.change('ep_1', { state: 'paused' });
    await world.send(aMessage());
    const [message = expect.fail('no message')] = world.receive();
    const claim = { messageId: 'm0', cycle: 1, step: 1, until: START + 20_000, token: 'theirs' };
    await readBefore(message, () => world.ledger.put({ ...startOf(message.message, START), claim, revision: 1 }, null));
    expect(world.record()).toMatchObject({ status: 'retrying', claim });
    expect(world.queues.nextVisibleAtMs(world.queue)).toBe(START + 20_000);
    expect(world.settled).toEqual(['claimed by another receive']);
  });
});

/** Works on a message by what was on record before something else happened. */
async function readBefore(message: ReceivedDelivery, happens: () => Promise<unknown>): Promise<void> {
  const { load } = world.ledger;
  const seen = await load([message.message], [message.message.endpointId]);
  await happens();
  world.ledger.load = async () => seen;
  await world.invoke([message]);
  world.ledger.load = load;
}

describe('an endpoint that was switched on a moment ago', () => {
  it('gets what a container would discard that still remembers it as disabled', async () => {
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
