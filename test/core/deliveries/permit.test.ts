import { beforeEach, describe, expect, it } from 'vitest';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { createRateLimiter } from '../../../core/rate/limiter.ts';
import type { RateMarks } from '../../../core/rate/slots.ts';
import { createMemoryRateSlots } from '../../fakes/rate-slots.ts';
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

/** Other messages have permits up to `gate` ms ahead, and slots in the line up to `line` ms ahead. */
const others = ({ gate = 0, line = 0 }) => marks.set('ep_1', { gate: world.now + gate, line: world.now + line });
const onTheWay = () => world.queues.counts(world.queue);
const publish = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, at) => world.send(aMessage({ eventId: `evt_${at}` }))));

/** The response to the claim comes so late that the permit has expired; meanwhile others go on. */
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

describe('a permit that begins within the next second', () => {
  it('is waited for in the process: no message, no record, one POST at its time', async () => {
    await publish(3);
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([0, 0.5, 1]);
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('gives way to the waiting room when every answer comes too late, and no attempt is used', async () => {
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

  it('is requested again when its answer came too late', async () => {
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

describe('a message that reaches its slot', () => {
  const due = (eventId = 'evt_1', slot = START) =>
    world.send(aMessage({ eventId, step: 2, slot, copy: `copy of ${eventId}` }));

  it('is POSTed when the gate permits it, although others are in the line', async () => {
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

  it('gets permits only from now on, however many slots have passed meanwhile', async () => {
    for (let at = 0; at < 10; at++) await due(`evt_${at}`, START + at * 500);
    world.now += 3_600_000;
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([3_600, 3_600.5, 3_601]);
    await world.run(10_000);
    expect(world.posts).toHaveLength(10);
  });

  it('comes back after a second at the earliest when its new slot has passed before it is sent', async () => {
    others({ gate: 1_500 });
    const { rate } = world.ports;
    world.ports.rate = {
      ask: async (...args) => {
        const answer = await rate.ask(...args);
        if (answer.kind === 'slot') world.now += 5_000;
        return answer;
      },
    };
    await due();
    await world.invoke(world.receive());
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    expect(world.queues.nextVisibleAtMs(world.queue)).toBe(world.now + 1_000);
  });

  it('makes one POST when recording its new slot fails after the copy was sent', async () => {
    others({ gate: 1_500 });
    await due();
    const { put } = world.ledger;
    let remainingMs = 60_000;
    world.ledger.put = () => {
      remainingMs = 0;
      return Promise.reject(new Error('throttled'));
    };
    world.ports.remainingMs = () => remainingMs;
    await world.invoke(world.receive());
    world.ledger.put = put;
    remainingMs = 60_000;
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await world.run(600_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('joins the end of the line after a redrive: its slot belonged to an earlier cycle', async () => {
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

describe('a slot', () => {
  const sendDue = (changes: object = {}) => world.send(aMessage({ step: 2, slot: START, copy: 'delayed', ...changes }));

  it('is kept when the message moves to the slow lane', async () => {
    world.health.delete('ep_1');
    others({ line: 60_000 });
    await sendDue();
    await world.drain();
    expect(world.postedAfter()).toEqual([0]);
  });

  it('ends with its attempt: the retry joins the end of the line', async () => {
    world.answer = (post) => (post === 1 ? 500 : 200);
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 1 } });
    others({ line: 60_000 });
    await sendDue();
    await world.run(5_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', slot: START + 60_500, attemptCount: 1 });
  });

  it('ends with a pause: a released delivery joins the end of the line', async () => {
    world.change('ep_1', { state: 'paused' });
    await sendDue();
    await world.drain();
    expect(world.record()).toMatchObject({ waitingFor: 'paused', slot: null });
    world.change('ep_1', { state: 'active' });
    others({ line: 300_000 });
    await world.run(120_000);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', slot: START + 300_500 });
  });

  it('gives way to the waiting room when the line is full, and no attempt is used', async () => {
    others({ gate: 1_500, line: 900_000 });
    await sendDue();
    await world.drain();
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', slot: null, attemptCount: 0 });
    expect(onTheWay()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    await world.run(45 * 60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });
});

describe('a permit that has expired when the claim is made', () => {
  it('is replaced by a new one, which is used', async () => {
    await world.send(aMessage({ step: 2, slot: START }));
    slowClaim(3_000, () => others({ gate: 400 }));
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([3.4]);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });

  it('releases the claim when there is no other permit, and the next copy makes the only POST', async () => {
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

describe('a permit that has expired when the probe takes its lease', () => {
  const OPEN = { openUntil: START, intervalMs: 60_000, releasedFor: null, probe: null };
  const health = () => world.health.get('ep_1');
  /** The lease is taken late; meanwhile others have used the gate's permits. */
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

  it('is replaced by a new one, and the lease is used', async () => {
    slowLease(400);
    await world.invoke(world.receive());
    expect(world.postedAfter()).toEqual([3.4]);
    expect(health()?.circuit).toBeNull();
  });

  it('releases the lease when there is no other permit: no failure counts, another may be the probe', async () => {
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

  it('releases the lease when the rate limiter fails: another may be the probe at once', async () => {
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

  it('lines up even if the lease cannot be released, which then expires', async () => {
    const notUpdated: string[] = [];
    world.ports.observer = { ...world.ports.observer, healthNotUpdated: (_, fault) => notUpdated.push(String(fault)) };
    const { put } = world.registry.healthStore;
    world.registry.healthStore.put = async (next, expected) => {
      if (next.circuit?.probe === null) throw new Error('throttled');
      const written = await put(next, expected);
      world.now += 3_000;
      others({ gate: 1_500, line: 1_500 });
      return written;
    };
    await world.invoke(world.receive());
    expect(notUpdated).toEqual(['Error: throttled']);
    expect(world.record()).toMatchObject({ waitingFor: 'rate_limit', attemptCount: 0 });
    world.registry.healthStore.put = put;
    await world.run(10 * 60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1 });
  });
});
