import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryRateSlots } from '../../../adapters/memory/rate-slots.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { createRateLimiter } from '../../../core/rate/limiter.ts';
import type { RateMarks } from '../../../core/rate/slots.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

const LIMIT = 2;
let world: DeliveryWorld;
let marks: Map<string, RateMarks>;
beforeEach(() => {
  world = new DeliveryWorld();
  world.change('ep_1', { rateLimitPerSecond: LIMIT });
  marks = new Map();
  const rate = createRateLimiter(createMemoryRateSlots(marks), () => world.now);
  world.ports = { ...world.ports, rate };
});

/** Others have been let through up to so far ahead, and stand in line up to so far. */
const others = ({ gate = 0, line = 0 }) => marks.set('ep_1', { gate: world.now + gate, line: world.now + line });
const onTheWay = () => world.queues.counts(world.queue);
const publish = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => world.send(aMessage({ eventId: `evt_${at}` }))));

/** The claim's answer comes so late that leave has run out; meanwhile others go on. */
function slowClaim(ms: number, meanwhile: () => void = () => undefined): void {
  const { put } = world.ledger;
  let isFirst = true;
  world.ledger.put = async (record, expected) => {
    const written = await put(record, expected);
    if (isFirst && record.claim !== null) {
      isFirst = false;
      world.now += ms;
      meanwhile();
    }
    return written;
  };
}

describe('leave that lies within the next second', () => {
  it('is waited for in the process: no message, no record, one POST at its time', async () => {
    await publish(3);
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([0, 0.5, 1]);
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('is given up for the waiting room when every answer comes too late, and no attempt is used', async () => {
    const { rate } = world.ports;
    let asked = 0;
    world.ports.rate = {
      ask: async (...args) => {
        const answer = await rate.ask(...args);
        if (++asked <= 5) world.now += 5_000;
        return answer;
      },
    };
    await publish(1);
    await world.invoke(world.receive());
    expect(asked).toBe(5);
    expect(world.record('evt_0')).toMatchObject({ status: 'waiting', waitingFor: 'rate_limit', attemptCount: 0 });
    await world.run(45 * 60_000);
    expect(world.record('evt_0')).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('is asked for again when its own answer came too late', async () => {
    const { rate } = world.ports;
    let asked = 0;
    world.ports = {
      ...world.ports,
      rate: {
        ask: async (...args) => {
          const answer = await rate.ask(...args);
          if (++asked === 1) world.now += 5_000;
          return answer;
        },
      },
    };
    await publish(1);
    await world.invoke(world.receive());
    expect(asked).toBe(2);
    expect(world.postedAfter()).toEqual([5]);
  });
});

describe('a message that comes to its appointment', () => {
  const due = (eventId = 'evt_1', slot = START) =>
    world.send(aMessage({ eventId, step: 2, slot, copy: `copy of ${eventId}` }));

  it('is POSTed when the gate lets it through, although others stand in the line', async () => {
    others({ line: 60_000 });
    await due();
    await world.invoke(world.receive());
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('is lined up again behind all others when the gate is full, and uses no attempt', async () => {
    others({ gate: 1_500, line: 20_000 });
    await due();
    await world.invoke(world.receive());
    expect(world.posts).toEqual([]);
    expect(world.record()).toMatchObject({
      ...{ status: 'waiting', waitingFor: 'rate_limit', attemptCount: 0, attempts: [] },
      ...{ slot: START + 20_500, nextAttemptAt: START + 20_500, next: { cycle: 1, step: 3 } },
    });
    await world.run(30_000);
    expect(world.postedAfter()).toEqual([21]);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('spends no slot of the past, however many have passed meanwhile', async () => {
    for (let at = 0; at < 10; at++) await due(`evt_${at}`, START + at * 500);
    world.now += 3_600_000;
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([3_600, 3_600.5, 3_601]);
    await world.run(10_000);
    expect(world.posts).toHaveLength(10);
  });

  it('comes back after a second at the earliest, when its new appointment is past before it is sent', async () => {
    others({ gate: 1_500 });
    const { rate } = world.ports;
    world.ports.rate = {
      ask: async (...args) => {
        const answer = await rate.ask(...args);
        if (answer.kind === 'come_back') world.now += 5_000;
        return answer;
      },
    };
    await due();
    await world.invoke(world.receive());
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    expect(world.queues.nextVisibleAtMs(world.queue)).toBe(world.now + 1_000);
  });

  it('has one POST when the record of standing in line again fails after the copy was sent', async () => {
    others({ gate: 1_500 });
    await due();
    const { put } = world.ledger;
    world.ledger.put = () => Promise.reject(new Error('throttled'));
    world.ports.remainingMs = () => 0;
    await world.invoke(world.receive());
    world.ledger.put = put;
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 1, delayed: 1 });
    await world.run(600_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('stands behind the line when it was redriven: its appointment was of its former life', async () => {
    world.answer = () => 404;
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    await due();
    await world.run(600_000);
    expect(world.record()?.status).toBe('dead');
    world.answer = () => 200;
    others({ line: 30_000 });
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.queues.advance();
    await world.invoke(world.receive());
    expect(world.record()).toMatchObject({ status: 'waiting', waitingFor: 'rate_limit' });
    await world.run(60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });
});

describe('an appointment', () => {
  const atIts = (changes: object = {}) => world.send(aMessage({ step: 2, slot: START, copy: 'delayed', ...changes }));

  it('goes along into the slow lane', async () => {
    world.health.delete('ep_1');
    others({ line: 60_000 });
    await atIts();
    await world.drain();
    expect(world.postedAfter()).toEqual([0]);
  });

  it('ends with its attempt: the retry stands behind the line', async () => {
    world.answer = (post) => (post === 1 ? 500 : 200);
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 1 } });
    others({ line: 60_000 });
    await atIts();
    await world.run(5_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', slot: START + 60_500, attemptCount: 1 });
  });

  it('ends with a pause: what is released stands behind the line', async () => {
    world.change('ep_1', { state: 'paused' });
    await atIts();
    await world.drain();
    expect(world.record()).toMatchObject({ waitingFor: 'paused', slot: null });
    world.change('ep_1', { state: 'active' });
    others({ line: 300_000 });
    await world.run(120_000);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', slot: START + 300_500 });
  });

  it('is given up for the waiting room when the line is full, and no attempt is used', async () => {
    others({ gate: 1_500, line: 900_000 });
    await atIts();
    await world.drain();
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', slot: null, attemptCount: 0 });
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    await world.run(45 * 60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });
});

describe('leave that has run out when the claim is made', () => {
  it('is asked for again, and then used', async () => {
    await world.send(aMessage({ step: 2, slot: START }));
    slowClaim(3_000, () => others({ gate: 400 }));
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([3.4]);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('gives the claim up where there is no other leave, and the next copy makes the one POST', async () => {
    await world.send(aMessage({ step: 2, slot: START }));
    slowClaim(3_000, () => others({ gate: 1_500, line: 2_000 }));
    await world.invoke(world.receive());
    expect(world.posts).toEqual([]);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', claim: null, attemptCount: 0 });
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await world.run(10_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });
});

describe('leave that has run out when the lease of the probe is taken', () => {
  const OPEN = { openUntil: START, intervalMs: 60_000, releasedFor: null, probe: null };
  const health = () => world.health.get('ep_1');
  /** The lease is taken, late; meanwhile others have had what the gate had. */
  function slowLease(gate: number): void {
    const { put } = world.registry.healthStore;
    world.registry.healthStore.put = async (next, expected) => {
      const written = await put(next, expected);
      if (next.circuit?.probe) {
        world.registry.healthStore.put = put;
        world.now += 3_000;
        others({ gate, line: gate });
      }
      return written;
    };
  }
  beforeEach(async () => {
    world.health.set('ep_1', { ...freshHealth('ep_1'), lane: 'fast', circuit: OPEN, revision: 1 });
    await world.send(aMessage({ step: 2, slot: START }));
  });

  it('is asked for again, and the lease is used', async () => {
    slowLease(400);
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([3.4]);
    expect(health()?.circuit).toBeNull();
  });

  it('gives the lease back where there is no other leave: no failure, and another may be the probe at once', async () => {
    slowLease(1_500);
    await world.invoke(world.receive());
    expect(world.posts).toEqual([]);
    expect(health()).toMatchObject({ consecutiveFailures: 0, circuit: OPEN });
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', claim: null, attemptCount: 0 });
    marks.clear();
    await world.send(aMessage({ eventId: 'evt_2' }));
    await world.invoke(world.receive());
    expect(world.posts).toHaveLength(1);
    expect(health()?.circuit).toBeNull();
    await world.run(10_000);
    expect(world.posts).toHaveLength(2);
  });

  it('gives the lease back when the limit cannot be asked: another may be the probe at once', async () => {
    slowLease(400);
    const { rate } = world.ports;
    let asked = 0;
    world.ports.rate = {
      ask: async (...args) => {
        if (++asked === 2) throw new Error('throttled');
        return rate.ask(...args);
      },
    };
    await world.invoke(world.receive());
    expect(world.posts).toEqual([]);
    expect(health()).toMatchObject({ consecutiveFailures: 0, circuit: OPEN });
    await world.send(aMessage({ eventId: 'evt_2' }));
    await world.run(1_000);
    expect(world.posts).toHaveLength(1);
    expect(health()?.circuit).toBeNull();
  });

  it('lines up all the same when the lease cannot be given back, which then ends by itself', async () => {
    const neglected: string[] = [];
    world.ports.observer = { ...world.ports.observer, healthNotUpdated: (_, fault) => neglected.push(String(fault)) };
    const { put } = world.registry.healthStore;
    world.registry.healthStore.put = async (next, expected) => {
      if (next.circuit?.probe === null) throw new Error('throttled');
      const written = await put(next, expected);
      world.now += 3_000;
      others({ gate: 1_500, line: 1_500 });
      return written;
    };
    await world.invoke(world.receive());
    expect(neglected).toEqual(['Error: throttled']);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', attemptCount: 0 });
    world.registry.healthStore.put = put;
    await world.run(10 * 60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });
});
