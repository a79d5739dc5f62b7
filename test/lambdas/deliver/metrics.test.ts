import { beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { metering } from '../../../lambdas/deliver/observer.ts';
import { Meter } from '../../../lambdas/runtime/meter.ts';
import { aMessage, anEndpoint, DAY, DeliveryWorld, START } from '../../support/delivery-world.ts';

const MINUTE = 60_000;
const once: Partial<Endpoint> = { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } };

let world: DeliveryWorld;
let meter: Meter;
beforeEach(() => {
  world = new DeliveryWorld();
  meter = new Meter();
  world.ports = { ...world.ports, observer: metering(world.ports.observer, meter) };
});

describe('the metrics of deliver', () => {
  it('count attempts, acknowledgements, retries and the end of a delivery, and keep the time of each attempt', async () => {
    world.answer = (post) => (post < 3 ? 500 : 200);
    world.answerMs = 20;
    await world.send(aMessage());
    await world.run(60 * MINUTE);

    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 3 });
    expect(meter.measured).toEqual({
      ...{ Attempts: 3, Acknowledged: 1, Retries: 2, Delivered: 1 },
      ...{ AttemptMs: [20, 20, 20], StartDelayMs: [0] },
    });
  });

  it('count a dead delivery once, however often its dead letter is received', async () => {
    world.change('ep_1', once);
    world.answer = () => 500;
    await world.send(aMessage());
    await world.run(60 * MINUTE);

    expect(world.queues.counts(world.deadLetters).visible).toBe(1);
    expect(meter.measured).toMatchObject({ Attempts: 1, Dead: 1 });
    expect(meter.measured).not.toHaveProperty('Delivered');
  });

  it('count a delivery that dies without an attempt, since its event expires', async () => {
    await world.send(aMessage({ expiresAt: START + MINUTE }));
    await world.drain();

    expect(meter.measured).toEqual({ Dead: 1 });
  });

  it('count the end of each cycle: of a death, and of the redrive that is delivered', async () => {
    world.change('ep_1', once);
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.run(MINUTE);
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    await world.run(10 * MINUTE);

    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
    expect(meter.measured).toMatchObject({ Attempts: 2, Delivered: 1, Dead: 1, StartDelayMs: [0] });
    expect(meter.measured).not.toHaveProperty('Retries');
  });

  it('count nothing for the heartbeat', async () => {
    const tenant = 'postrider.heartbeat';
    world.endpoints.set('ep_beat', anEndpoint({ id: 'ep_beat', tenant }));
    world.health.set('ep_beat', { ...freshHealth('ep_beat'), lane: 'fast', revision: 1 });
    await world.send(aMessage({ tenant, endpointId: 'ep_beat' }));
    await world.drain();

    expect(world.posts).toHaveLength(1);
    expect(meter.measured).toEqual({});
  });
});

describe('a delivery whose record is hard to write counts once', () => {
  beforeEach(() => world.change('ep_1', once));

  it.each([
    ['delivered', 200, { Delivered: 1 }],
    ['dead', 500, { Dead: 1 }],
  ] as const)('if the answer to the write of a %s one is lost', async (_, answer, counted) => {
    world.answer = () => answer;
    const { put } = world.ports.ledger;
    // It takes effect, its answer is lost, and the SDK's repetition of it is refused.
    world.ports.ledger.put = async (...write) => {
      await put(...write);
      return put(...write);
    };
    await world.send(aMessage());
    await world.run(MINUTE);

    expect(meter.measured).toMatchObject({ Attempts: 1, ...counted });
  });

  it.each([
    ['delivered', 200, { Delivered: 1 }],
    ['dead', 500, { Dead: 1 }],
  ] as const)('if a copy of the message carries the result of a %s one', async (_, answer, counted) => {
    world.answer = () => answer;
    const { put } = world.ports.ledger;
    const downUntil = START + 5_000;
    world.ports.ledger.put = async (...write) => {
      if (world.now < downUntil) throw new Error('DynamoDB is unavailable');
      return put(...write);
    };
    await world.send(aMessage());
    await world.run(10 * MINUTE);

    expect(world.posts).toHaveLength(1);
    expect(meter.measured).toMatchObject({ Attempts: 1, ...counted });
  });

  it('if SQS delivers its message twice', async () => {
    await world.send(aMessage());
    const [received] = world.receive();
    if (received === undefined) throw new Error('There is no message.');
    await world.invoke([received]);
    await world.invoke([received]);

    expect(meter.measured).toMatchObject({ Attempts: 1, Delivered: 1 });
  });
});

describe('the start delay', () => {
  const LATE = 7_000;
  const start = () => {
    world.now = START + LATE;
  };

  it('is the time from the acceptance of an event to the beginning of its first attempt', async () => {
    start();
    world.answerMs = 900;
    await world.send(aMessage());
    await world.drain();

    expect(meter.measured).toMatchObject({ StartDelayMs: [LATE], AttemptMs: [900] });
  });

  it('holds the wait of a message that failed on our side, and of a fan-out that ran again', async () => {
    world.receive();
    await world.send(aMessage());
    world.receive();
    await world.run(6 * MINUTE);
    await world.send(aMessage({ eventId: 'evt_2', repeat: true }));
    await world.drain();

    expect(meter.measured).toMatchObject({ StartDelayMs: [6 * MINUTE, 6 * MINUTE] });
  });

  it.each<[string, () => Promise<void>]>([
    [
      'a retry',
      async () => {
        world.answer = (post) => (post === 1 ? 500 : 200);
        await world.send(aMessage({ acceptedAt: world.now }));
        await world.drain();
        meter = new Meter();
        world.ports = { ...world.ports, observer: metering(world.ports.observer, meter) };
        await world.run(10 * MINUTE);
      },
    ],
    [
      'a paused endpoint',
      async () => {
        world.change('ep_1', { state: 'paused' });
        await world.send(aMessage());
        await world.drain();
        world.change('ep_1', { state: 'active' });
        await world.run(10 * MINUTE);
      },
    ],
    [
      'the slow lane',
      async () => {
        const health = world.health.get('ep_1');
        if (health) world.health.set('ep_1', { ...health, lane: 'slow' });
        world.change('ep_1', {});
        await world.send(aMessage());
        await world.drain();
      },
    ],
    [
      'a job that sends what is missing',
      () => world.send(aMessage({ repeat: true, byJob: true })).then(() => world.drain()),
    ],
    ['an operator who sends a test', () => world.send(aMessage({ forced: true })).then(() => world.drain())],
  ])('says nothing about %s', async (_, act) => {
    start();
    await act();

    expect(world.posts.length).toBeGreaterThan(0);
    expect(meter.measured).toMatchObject({ Acknowledged: expect.any(Number) });
    expect(meter.measured).not.toHaveProperty('StartDelayMs');
  });

  it('holds no wait for the slot of a rate limit', async () => {
    world.change('ep_1', { rateLimitPerSecond: 1 });
    for (let at = 0; at < 20; at++) await world.send(aMessage({ eventId: `evt_${at}` }));
    await world.run(MINUTE);

    const { StartDelayMs: delays = [] } = meter.measured;
    expect(world.posts.at(-1)?.at).toBeGreaterThan(START + 15_000);
    expect([delays].flat().length).toBeGreaterThan(0);
    expect(Math.max(...[delays].flat())).toBeLessThan(2_000);
  });

  it('says nothing about a redriven first attempt', async () => {
    world.change('ep_1', once);
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.run(DAY);
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    await world.run(10 * MINUTE);

    expect(meter.measured).toMatchObject({ Acknowledged: 1, StartDelayMs: [0] });
  });
});
