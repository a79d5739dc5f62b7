import { beforeEach, describe, expect, it } from 'vitest';
import { keyText } from '../../../core/deliveries/ledger.ts';
import { aMessage, anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { LetterWorld } from './world.ts';

let world: LetterWorld;
beforeEach(() => {
  world = new LetterWorld();
});

const once = { ...anEndpoint().retryPolicy, max_attempts: 1 };

/** A delivery that its endpoint refused for good, with its letter in the queue. */
async function aDeadDelivery(): Promise<void> {
  world.change('ep_1', { retryPolicy: once });
  world.answer = () => 500;
  await world.send(aMessage());
  await world.run(60_000);
}

describe('a letter', () => {
  it.each(['delivered', 'discarded'] as const)('whose delivery is %s is deleted', async (status) => {
    await world.send(aMessage());
    world.crash();
    if (status === 'discarded') world.change('ep_1', { state: 'disabled' });
    await world.send(aMessage());
    await world.run(1_000);
    expect(world.record()?.status).toBe(status);

    expect(await world.care()).toBe(1);

    expect(world.letters()).toEqual([]);
    expect(world.record()?.status).toBe(status);
  });

  it('whose delivery has gone on to a later attempt is deleted', async () => {
    await world.send(aMessage());
    world.crash();
    world.answer = () => 500;
    await world.send(aMessage());
    await world.drain();
    expect(world.record()).toMatchObject({ status: 'retrying', next: { step: 2 } });

    await world.care();

    expect(world.letters()).toEqual([]);
    expect(world.record()).toMatchObject({ status: 'retrying', next: { step: 2 } });
  });

  it('that a replay has left behind is deleted', async () => {
    await aDeadDelivery();
    const dead = world.record();
    if (dead === undefined) throw new Error('It is on record.');
    await world.replay(dead, anEndpoint());

    await world.care();

    expect(world.letters()).toEqual([]);
    expect(world.record()).toMatchObject({ status: 'retrying', next: { cycle: 2 } });
  });

  it('of a dead delivery is kept, and nothing is looked at while the numbers agree', async () => {
    await aDeadDelivery();
    const before = world.record();

    expect(await world.care()).toBe(0);

    expect(world.receives).toBe(0);
    expect(world.letters()).toEqual([before?.deadLetter?.messageId]);
    expect(world.record()).toEqual(before);
  });

  it('of a dead delivery is kept, unchanged and at once visible, while others are looked for', async () => {
    await aDeadDelivery();
    const before = world.record();
    world.queues.send(world.deadLetters, { body: 'not JSON' });

    expect(await world.care()).toBe(0);

    expect(world.record()).toEqual(before);
    expect(world.queues.counts(world.deadLetters)).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  });

  it('whose delivery nobody ever recorded makes it dead by our fault, and news', async () => {
    await world.send(aMessage());
    world.crash();
    const [messageId] = world.letters();
    world.now += 1_000;

    expect(await world.care()).toBe(1);

    expect(world.letters()).toEqual([messageId]);
    expect(world.record()).toMatchObject({
      status: 'dead',
      lastError: 'our_fault',
      attemptCount: 0,
      deadLetter: { messageId, sentAt: START, firstReceivedAt: START },
      outbox: [{ kind: 'dead', cycle: 1, at: world.now }],
      updatedAt: world.now,
    });
  });

  it('of a later attempt makes its delivery dead, with the attempts that were made', async () => {
    world.answer = () => 500;
    await world.send(aMessage());
    await world.drain();
    world.now += 15 * 60_000;
    world.crash();

    await world.care();

    expect(world.record()).toMatchObject({ status: 'dead', lastError: 'our_fault', attemptCount: 1 });
    expect(world.record()?.attempts).toHaveLength(1);
    expect(world.difference()).toBe(0);
  });

  it('of an operational event makes no news', async () => {
    await world.send(aMessage({ eventType: 'postrider.delivery.dead', forced: true }));
    world.crash();

    await world.care();

    expect(world.record()).toMatchObject({ status: 'dead', lastError: 'our_fault', outbox: [] });
  });

  it('that was redriven and died again before it was adopted is the only copy: its delivery takes it, without news', async () => {
    await aDeadDelivery();
    const first = world.record();
    world.redrive();
    world.crash();
    // Another letter, so that the numbers differ.
    await world.send(aMessage({ eventId: 'evt_2' }));
    world.crash();
    const [second] = world.letters();
    expect(second).not.toBe(first?.deadLetter?.messageId);

    await world.care();

    expect(world.letters()).toContain(second);
    expect(world.record()).toMatchObject({ status: 'dead', lastError: first?.lastError, outbox: first?.outbox });
    expect(world.record()?.deadLetter).toMatchObject({ messageId: second });

    world.answer = () => 200;
    world.redrive();
    await world.run(60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
    expect(world.posts.map(({ request }) => request.headers['webhook-id'])).toEqual(['evt_1', 'evt_1', 'evt_2']);
  });

  it('of an adopted cycle that crashed makes that cycle dead', async () => {
    await aDeadDelivery();
    world.redrive();
    world.ports.secrets = { open: () => Promise.reject(new Error('KMS is down')) };
    await world.run(60 * 60_000);
    expect(world.record()).toMatchObject({ status: 'retrying', next: { cycle: 2 } });

    await world.care();

    const [messageId] = world.letters();
    expect(world.record()).toMatchObject({
      status: 'dead',
      next: { cycle: 2, step: 1 },
      lastError: 'our_fault',
      deadLetter: { messageId },
    });
    expect(await world.care()).toBe(0);
    expect(world.difference()).toBe(0);
  });

  it('beside another copy of its step: one stands for the delivery, the other goes', async () => {
    await world.send(aMessage());
    await world.send(aMessage());
    world.crash();
    expect(world.letters()).toHaveLength(2);

    await world.care();

    expect(world.letters()).toEqual([world.record()?.deadLetter?.messageId]);
    expect(world.difference()).toBe(0);
  });

  it('of which another copy is being posted waits for what becomes of it', async () => {
    await world.send(aMessage());
    world.crash();
    await world.send(aMessage({ repeat: true }));
    const batch = world.receive();
    let care: Promise<number> | undefined;
    world.answer = () => {
      care = world.care();
      return care.then(() => 200);
    };

    await world.invoke(batch);

    expect(await care).toBe(0);
    expect(world.letters()).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', outbox: [] });
    await world.care();
    expect(world.letters()).toEqual([]);
  });

  it('that cannot be read is kept, and told', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    world.queues.send(world.deadLetters, { body: '{"v":2}' });

    expect(await world.care()).toBe(0);

    expect(world.letters()).toHaveLength(2);
    expect(world.unreadable.map(({ body }) => body)).toEqual(['not JSON', '{"v":2}']);
  });

  it('of an event that has expired is kept until it expires itself: no record tells what it is', async () => {
    await world.send(aMessage({ expiresAt: START + DAY / 24 }));
    world.crash();
    world.now += DAY;

    expect(await world.care()).toBe(0);

    expect(world.letters()).toHaveLength(1);
    expect(world.record()).toBeUndefined();
  });
});

describe('the janitor', () => {
  it('settles 1,000 letters of our own fault in two runs, and the numbers agree', async () => {
    for (let at = 0; at < 1_000; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    world.crash();
    expect(world.letters()).toHaveLength(1_000);

    const done = (await world.care()) + (world.difference() === 0 ? 0 : await world.care());

    expect(done).toBe(1_000);
    expect(world.letters()).toHaveLength(1_000);
    expect(world.difference()).toBe(0);
    for (const { status, lastError } of world.ledger.records.values()) {
      expect({ status, lastError }).toEqual({ status: 'dead', lastError: 'our_fault' });
    }
  });

  it('goes on where it ended when there are more letters than one run looks at', async () => {
    for (let at = 0; at < 4_500; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    world.crash();
    const runs: number[] = [];
    while (world.difference() !== 0 && runs.length < 5) {
      runs.push(await world.care());
      world.now += 60_000;
    }
    expect(runs).toEqual([2_000, 2_000, 500]);
  });

  it('leaves a difference that it can do nothing about alone for ten minutes', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    for (let minute = 0; minute < 10; minute++) {
      await world.care();
      world.now += 60_000;
    }
    expect(world.unreadable).toHaveLength(1);

    await world.care();

    expect(world.unreadable).toHaveLength(2);
  });

  it('looks at once when the difference changes', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    await world.care();
    await world.send(aMessage());
    world.crash();
    world.now -= 5 * 361_000;

    expect(await world.care()).toBe(1);
  });

  it('leaves the rest to the next minute when time runs out', async () => {
    await world.send(aMessage());
    world.crash();
    world.janitor.remainingMs = () => 10_000;
    expect(await world.care()).toBe(0);
    expect(world.record()).toBeUndefined();
    world.janitor.remainingMs = () => 60_000;
    expect(await world.care()).toBe(1);
  });

  it('cares for the others when one letter fails, says so, and comes back to it', async () => {
    for (const eventId of ['evt_1', 'evt_2', 'evt_3']) await world.send(aMessage({ eventId }));
    world.crash();
    const { put } = world.ledger;
    world.ledger.put = (record, expected) =>
      record.eventId === 'evt_2' ? Promise.reject(new Error('throttled')) : put(record, expected);

    await expect(world.care()).rejects.toThrow('1 dead letters');
    expect([...world.ledger.records.keys()]).toEqual(
      ['evt_1', 'evt_3'].map((eventId) => keyText({ eventId, endpointId: 'ep_1' })),
    );

    world.ledger.put = put;
    expect(await world.care()).toBe(1);
    expect(world.difference()).toBe(0);
  });
});
