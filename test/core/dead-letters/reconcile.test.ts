import { beforeEach, describe, expect, it } from 'vitest';
import { keyText } from '../../../core/deliveries/ledger.ts';
import { UnreadableItem } from '../../../core/unreadable-item.ts';
import { aMessage, anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { DeadLetterWorld, EXPIRES_SOON } from './world.ts';

let world: DeadLetterWorld;
beforeEach(() => {
  world = new DeadLetterWorld();
});

const once = { ...anEndpoint().retryPolicy, max_attempts: 1 };

/** A delivery whose only attempt failed, with its dead letter in the queue. */
async function aDeadDelivery(): Promise<void> {
  world.change('ep_1', { retryPolicy: once });
  world.answer = () => 500;
  await world.send(aMessage());
  await world.run(60_000);
}

describe('a dead letter', () => {
  it.each(['delivered', 'discarded'] as const)('whose delivery is %s is deleted', async (status) => {
    await world.send(aMessage());
    world.crash();
    if (status === 'discarded') world.change('ep_1', { state: 'disabled' });
    await world.send(aMessage());
    await world.run(1_000);
    expect(world.record()?.status).toBe(status);

    expect(await world.reconcile()).toBe(1);

    expect(world.deadLetterIds()).toEqual([]);
    expect(world.record()?.status).toBe(status);
  });

  it('whose delivery has moved on to a later attempt is deleted', async () => {
    await world.send(aMessage());
    world.crash();
    world.answer = () => 500;
    await world.send(aMessage());
    await world.drain();
    expect(world.record()).toMatchObject({ status: 'retrying', next: { step: 2 } });

    await world.reconcile();

    expect(world.deadLetterIds()).toEqual([]);
    expect(world.record()).toMatchObject({ status: 'retrying', next: { step: 2 } });
  });

  it('that a replay left behind is deleted', async () => {
    await aDeadDelivery();
    const dead = world.record();
    if (dead === undefined) throw new Error('The delivery has no record.');
    await world.replay(dead, anEndpoint());

    await world.reconcile();

    expect(world.deadLetterIds()).toEqual([]);
    expect(world.record()).toMatchObject({ status: 'retrying', next: { cycle: 2 } });
  });

  it('of a dead delivery is kept, and the queue is not read while the numbers agree', async () => {
    await aDeadDelivery();
    const before = world.record();

    expect(await world.reconcile()).toBe(0);

    expect(world.receives).toBe(0);
    expect(world.deadLetterIds()).toEqual([before?.deadLetter?.messageId]);
    expect(world.record()).toEqual(before);
  });

  it('of a dead delivery is kept unchanged, and is visible again at once, while others are looked for', async () => {
    await aDeadDelivery();
    const before = world.record();
    world.queues.send(world.deadLetters, { body: 'not JSON' });

    expect(await world.reconcile()).toBe(0);

    expect(world.record()).toEqual(before);
    expect(world.queues.counts(world.deadLetters)).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  });

  it('that failed again before its adoption is the only copy: the record names it, without a notice', async () => {
    await aDeadDelivery();
    const first = world.record();
    world.redrive();
    world.crash();
    // Another dead letter, so that the numbers differ.
    await world.send(aMessage({ eventId: 'evt_2' }));
    world.crash();
    const [second] = world.deadLetterIds();
    expect(second).not.toBe(first?.deadLetter?.messageId);

    await world.reconcile();

    expect(world.deadLetterIds()).toContain(second);
    expect(world.record()).toMatchObject({ status: 'dead', lastError: first?.lastError, outbox: first?.outbox });
    expect(world.record()?.deadLetter).toMatchObject({ messageId: second });

    world.answer = () => 200;
    world.redrive();
    await world.run(60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
    expect(world.posts.map(({ request }) => request.headers['webhook-id'])).toEqual(['evt_1', 'evt_1', 'evt_2']);
  });

  it('with another copy of its step is kept once: the other copy is deleted', async () => {
    await world.send(aMessage(EXPIRES_SOON));
    await world.send(aMessage(EXPIRES_SOON));
    world.crash();
    expect(world.deadLetterIds()).toHaveLength(2);

    await world.reconcile();

    expect(world.deadLetterIds()).toEqual([world.record()?.deadLetter?.messageId]);
    expect(world.difference()).toBe(0);
  });

  it('is kept while another copy is being POSTed, until the result is recorded', async () => {
    await world.send(aMessage());
    world.crash();
    await world.send(aMessage({ repeat: true }));
    const batch = world.receive();
    let reconciled: Promise<number> | undefined;
    world.answer = () => {
      reconciled = world.reconcile();
      return reconciled.then(() => 200);
    };

    await world.invoke(batch);

    expect(await reconciled).toBe(0);
    expect(world.deadLetterIds()).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', outbox: [] });
    await world.reconcile();
    expect(world.deadLetterIds()).toEqual([]);
  });

  it('that cannot be parsed is kept and reported', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    world.queues.send(world.deadLetters, { body: '{"v":2}' });

    expect(await world.reconcile()).toBe(0);

    expect(world.deadLetterIds()).toHaveLength(2);
    expect(world.unreadable.map(({ body }) => body)).toEqual(['not JSON', '{"v":2}']);
  });

  it('of an expired event is kept until it expires itself: there is no record to compare it with', async () => {
    await world.send(aMessage({ expiresAt: START + DAY / 24 }));
    world.crash();
    world.now += DAY;

    expect(await world.reconcile()).toBe(0);

    expect(world.deadLetterIds()).toHaveLength(1);
    expect(world.record()).toBeUndefined();
  });
});

describe('reconciliation', () => {
  it('records 1,000 dead letters as our_fault in at most two runs, and the numbers agree', async () => {
    for (let at = 0; at < 1_000; at++) await world.send(aMessage({ eventId: `evt_${at}`, ...EXPIRES_SOON }));
    world.crash();
    expect(world.deadLetterIds()).toHaveLength(1_000);

    const done = (await world.reconcile()) + (world.difference() === 0 ? 0 : await world.reconcile());

    expect(done).toBe(1_000);
    expect(world.deadLetterIds()).toHaveLength(1_000);
    expect(world.difference()).toBe(0);
    for (const { status, lastError } of world.ledger.records.values()) {
      expect({ status, lastError }).toEqual({ status: 'dead', lastError: 'our_fault' });
    }
  });

  it('continues where it ended when there are more dead letters than one run reads', async () => {
    for (let at = 0; at < 4_500; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    world.crash();
    const runs: number[] = [];
    while (world.difference() !== 0 && runs.length < 5) {
      runs.push(await world.reconcile());
      world.now += 60_000;
    }
    expect(runs).toEqual([2_000, 2_000, 500]);
  });

  it('ignores a difference that it cannot repair for ten minutes', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    for (let minute = 0; minute < 10; minute++) {
      await world.reconcile();
      world.now += 60_000;
    }
    expect(world.unreadable).toHaveLength(1);

    await world.reconcile();

    expect(world.unreadable).toHaveLength(2);
  });

  it('reads the queue at once when the difference changes', async () => {
    world.queues.send(world.deadLetters, { body: 'not JSON' });
    await world.reconcile();
    await world.send(aMessage());
    world.crash();
    world.now -= 5 * 361_000;

    expect(await world.reconcile()).toBe(1);
  });

  it('leaves the rest to the next run when time runs out', async () => {
    await world.send(aMessage());
    world.crash();
    world.reconcilePorts.remainingMs = () => 10_000;
    expect(await world.reconcile()).toBe(0);
    expect(world.record()).toBeUndefined();
    world.reconcilePorts.remainingMs = () => 60_000;
    expect(await world.reconcile()).toBe(1);
  });

  it('processes the others when one dead letter fails, reports the failure, and retries it', async () => {
    for (const eventId of ['evt_1', 'evt_2', 'evt_3']) await world.send(aMessage({ eventId }));
    world.crash();
    const { put } = world.ledger;
    world.ledger.put = (record, expected) =>
      record.eventId === 'evt_2' ? Promise.reject(new Error('throttled')) : put(record, expected);

    await expect(world.reconcile()).rejects.toThrow('1 faults');
    expect([...world.ledger.records.keys()]).toEqual(
      ['evt_1', 'evt_3'].map((eventId) => keyText({ eventId, endpointId: 'ep_1' })),
    );

    world.ledger.put = put;
    expect(await world.reconcile()).toBe(1);
    expect(world.difference()).toBe(0);
  });

  it('processes the others although this version cannot read the record of one', async () => {
    for (const eventId of ['evt_1', 'evt_2']) await world.send(aMessage({ eventId }));
    world.crash();
    const { find, load } = world.ledger;
    const unreadable = () =>
      Promise.reject(new UnreadableItem('A delivery has a status that this version does not know.'));
    world.ledger.load = (keys, ids) =>
      keys.some(({ eventId }) => eventId === 'evt_1') ? unreadable() : load(keys, ids);
    world.ledger.find = (key) => (key.eventId === 'evt_1' ? unreadable() : find(key));
    world.ledger.put = putExcept('evt_1');

    await expect(world.reconcile()).rejects.toThrow('faults');

    expect(world.record('evt_2')).toMatchObject({ status: 'waiting' });
    expect(world.deadLetterEvents()).toEqual(['evt_1']);
  });
});

/** Writes of one event's records fail on their condition: there is one. */
function putExcept(event: string): DeadLetterWorld['ledger']['put'] {
  const { put } = world.ledger;
  return async (record, expected) => record.eventId !== event && put(record, expected);
}
