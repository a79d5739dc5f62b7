import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/durations.ts';
import { aMessage, anEndpoint, START } from '../../support/delivery-world.ts';
import { DeadLetterWorld, EXPIRES_SOON } from './world.ts';

let world: DeadLetterWorld;
beforeEach(() => {
  world = new DeadLetterWorld();
});

const nothingOpens = { open: () => Promise.reject(new Error('KMS is down')) };

/** Lets time pass, and reconciles each minute as the scheduled task does. */
async function pass(ms: number): Promise<void> {
  for (const end = world.now + ms; world.now < end; ) {
    await world.run(MINUTE_MS);
    await world.reconcile();
  }
}

describe('a message that failed five receives on our side', () => {
  it('is sent again a minute later, and its delivery ends without an operator', async () => {
    await world.send(aMessage());
    world.crash();

    expect(await world.reconcile()).toBe(1);

    expect(world.deadLetterIds()).toEqual([]);
    expect(world.difference()).toBe(0);
    expect(world.record()).toMatchObject({
      status: 'waiting',
      waitingFor: 'backoff',
      next: { cycle: 1, step: 2 },
      attemptCount: 0,
      nextAttemptAt: world.now + MINUTE_MS,
      lastError: 'our_fault',
      deathReason: null,
      deadLetter: null,
      rounds: 1,
      outbox: [],
    });
    const failedAt = world.now;
    await world.run(5 * MINUTE_MS);
    expect(world.posts.map(({ at }) => at)).toEqual([failedAt + MINUTE_MS]);
    expect(world.record()).toMatchObject({ status: 'delivered', lastError: null, attemptCount: 1, outbox: [] });
  });

  it('is sent again ten times, at most an hour apart, and then is the dead letter of a death that is told', async () => {
    world.ports.secrets = nothingOpens;
    await world.send(aMessage());
    const waits: number[] = [];
    for (let minute = 0; minute < 14 * 60 && world.record()?.status !== 'dead'; minute++) {
      const before = world.record()?.rounds ?? 0;
      await pass(MINUTE_MS);
      const { rounds = 0, nextAttemptAt = 0, updatedAt = 0 } = world.record() ?? {};
      if (rounds > before) waits.push(((nextAttemptAt ?? 0) - updatedAt) / MINUTE_MS);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    expect(world.record()).toMatchObject({
      status: 'dead',
      deathReason: 'our_fault',
      lastError: 'our_fault',
      attemptCount: 0,
      rounds: 10,
      deadLetter: { messageId: world.deadLetterIds()[0] },
      outbox: [{ kind: 'dead', cycle: 1 }],
    });
    const dead = world.record();
    await pass(2 * HOUR_MS);
    expect(world.record()).toEqual(dead);
    expect(world.deadLetterIds()).toHaveLength(1);
    expect(world.posts).toEqual([]);
  });

  it('is not sent again once its event is about to expire', async () => {
    await world.send(aMessage(EXPIRES_SOON));
    world.crash();

    expect(await world.reconcile()).toBe(1);

    const [messageId] = world.deadLetterIds();
    expect(world.record()).toMatchObject({
      status: 'dead',
      deathReason: 'our_fault',
      rounds: 0,
      deadLetter: { messageId, sentAt: START, firstReceivedAt: START },
      outbox: [{ kind: 'dead', cycle: 1, at: world.now }],
      updatedAt: world.now,
    });
  });

  it('about an operational event is told to nobody when it is dead', async () => {
    await world.send(aMessage({ eventType: 'postrider.delivery.dead', forced: true, ...EXPIRES_SOON }));
    world.crash();

    await world.reconcile();

    expect(world.record()).toMatchObject({ status: 'dead', lastError: 'our_fault', outbox: [] });
  });

  it('goes on with the attempt that it was for', async () => {
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.drain();
    world.now += 15 * MINUTE_MS;
    world.crash();

    await pass(5 * MINUTE_MS);

    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 1 }, attemptCount: 2 });
    expect(world.record()?.attempts.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('has all its rounds again when an operator redrives it', async () => {
    world.ports.secrets = nothingOpens;
    await world.send(aMessage());
    await pass(14 * HOUR_MS);
    expect(world.record()).toMatchObject({ status: 'dead', rounds: 10 });

    world.redrive();
    await pass(HOUR_MS);

    expect(world.record()).toMatchObject({ next: { cycle: 2 }, rounds: 1 });
  });
});

describe('what became of a delivery that failed on our side is told once', () => {
  const told: string[] = [];
  beforeEach(() => {
    told.length = 0;
    world.reconcilePorts.ourFault = ({ eventId }, became) => told.push(`${eventId} ${became}`);
  });

  it('for each round, and for its death once they are used up', async () => {
    world.ports.secrets = nothingOpens;
    await world.send(aMessage());
    await pass(16 * HOUR_MS);

    expect(told).toEqual([...Array.from({ length: 10 }, () => 'evt_1 resent'), 'evt_1 dead']);
  });

  it('for one whose event leaves no time for another round', async () => {
    await world.send(aMessage(EXPIRES_SOON));
    world.crash();
    await world.reconcile();
    await world.reconcile();

    expect(told).toEqual(['evt_1 dead']);
  });

  it('for one whose message carries a success that could not be recorded', async () => {
    const result = {
      at: START,
      durationMs: 1,
      statusCode: 200,
      errorCode: null,
      retryAfter: null,
      responseExcerpt: '',
    };
    await world.send(aMessage({ result }));
    world.crash();
    await world.reconcile();

    expect(told).toEqual(['evt_1 delivered']);
  });

  it('and not when a redriven letter takes the place of the dead one', async () => {
    await world.send(aMessage(EXPIRES_SOON));
    world.crash();
    await world.reconcile();
    told.length = 0;
    world.redrive();
    world.crash();
    world.now += HOUR_MS;
    await world.reconcile();

    expect(world.record()?.deadLetter?.messageId).toBe(world.deadLetterIds()[0]);
    expect(told).toEqual([]);
  });
});

describe('a message that began a cycle', () => {
  it('by its redrive and failed on our side before its attempt is sent again in that cycle', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.run(MINUTE_MS);
    world.redrive();
    const { secrets } = world.ports;
    world.ports.secrets = nothingOpens;
    await world.run(HOUR_MS);
    expect(world.record()).toMatchObject({ status: 'retrying', next: { cycle: 2, step: 1 } });

    await world.reconcile();
    expect(world.record()).toMatchObject({ status: 'waiting', next: { cycle: 2, step: 2 }, rounds: 1 });
    world.ports.secrets = secrets;
    await pass(5 * MINUTE_MS);

    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 }, attemptCount: 1 });
    expect(world.posts).toHaveLength(2);
    expect(world.deadLetterIds()).toEqual([]);
  });

  it('by a replay and failed on our side is sent once, although its former dead letter is redriven', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.run(MINUTE_MS);
    const dead = world.record();
    if (dead === undefined) throw new Error('The delivery has no record.');
    await world.replay(dead, anEndpoint());
    world.crash();
    await world.reconcile();
    expect(world.record()).toMatchObject({ status: 'waiting', forced: true, next: { cycle: 2, step: 2 } });

    world.redrive();
    await pass(5 * MINUTE_MS);

    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
    expect(world.posts).toHaveLength(2);
  });
});

describe('a message that failed on our side is sent once', () => {
  it('although it is redriven at the same time', async () => {
    await world.send(aMessage());
    world.crash();
    const { put } = world.ledger;
    world.ledger.put = async (record, expected) => {
      world.ledger.put = put;
      // Its receive lasted longer than it is invisible.
      world.now += 31_000;
      world.redrive();
      return put(record, expected);
    };

    await world.reconcile();
    await pass(5 * MINUTE_MS);

    expect(world.record()).toMatchObject({ status: 'delivered' });
    expect(world.posts).toHaveLength(1);
    expect(world.deadLetterIds()).toEqual([]);
  });

  it('although its deletion fails, and the next run deletes it', async () => {
    await world.send(aMessage());
    world.crash();
    const { remove } = world.reconcilePorts.deadLetters;
    world.reconcilePorts.deadLetters.remove = () => Promise.reject(new Error('throttled'));
    await expect(world.reconcile()).rejects.toThrow('1 faults');
    expect(world.deadLetterIds()).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'waiting', rounds: 1 });

    world.reconcilePorts.deadLetters.remove = remove;
    expect(await world.reconcile()).toBe(1);
    await pass(5 * MINUTE_MS);

    expect(world.record()).toMatchObject({ status: 'delivered', rounds: 1 });
    expect(world.posts).toHaveLength(1);
  });

  it('and is kept in its queue until its record shows that it waits', async () => {
    await world.send(aMessage());
    world.crash();
    world.ledger.put = () => Promise.reject(new Error('throttled'));

    await expect(world.reconcile()).rejects.toThrow('1 faults');

    expect(world.deadLetterIds()).toHaveLength(1);
  });
});

describe('a message that carries the result of its POST and failed on our side', () => {
  const result = {
    ...{ at: START, durationMs: 5, statusCode: 200, errorCode: null, retryAfter: null, responseExcerpt: '' },
  };

  it('makes its delivery delivered, if that is a success', async () => {
    await world.send(aMessage({ step: 2, result }));
    world.crash();

    expect(await world.reconcile()).toBe(1);

    expect(world.deadLetterIds()).toEqual([]);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1, lastError: null, outbox: [] });
    expect(world.record()?.attempts).toMatchObject([{ number: 1, cycle: 1, at: START, statusCode: 200 }]);
  });

  it('is sent again if that is a failure, which its history has', async () => {
    await world.send(aMessage({ step: 2, result: { ...result, statusCode: 500, errorCode: 'http_status' } }));
    world.crash();

    await pass(5 * MINUTE_MS);

    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
    expect(world.record()?.attempts.map(({ statusCode }) => statusCode)).toEqual([500, 200]);
  });

  it('of a cycle that ended is sent again without that result', async () => {
    await world.send(aMessage({ step: 2, result }));
    world.crash();
    const [copy = ''] = world.deadLetterCopies();
    // A redrive began the next cycle with it, under another id, and SQS moved it once more.
    const begun = { ...startOf(aMessage(), START), next: { cycle: 2, step: 1 }, revision: 1 };
    const adoption = { adoptedMessageId: 'another', adoptedCopy: copy, adoptedSentAt: START - 1 };
    await world.ledger.put({ ...begun, ...adoption }, null);

    await world.reconcile();

    expect(world.record()).toMatchObject({ status: 'waiting', next: { cycle: 2, step: 2 }, attempts: [] });
  });
});
