import { expect, it } from 'vitest';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { aMessage, anEndpoint, DeliveryWorld, SECRET, START } from '../../support/delivery-world.ts';

const MINUTE = 60_000;

/** "Start DLQ redrive", and the time that it takes. */
function redrive(world: DeliveryWorld): void {
  world.queues.startMoveTask({ sourceArn: world.deadLetters });
  world.now += MINUTE;
  world.queues.advance();
}

it('an adopted message that ended in the dead-letter queue again is not lost when it is redriven again', async () => {
  const world = new DeliveryWorld();
  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
  world.answer = () => 500;
  await world.send(aMessage());
  await world.run(MINUTE);
  expect(world.record()).toMatchObject({ status: 'dead', next: { cycle: 1 } });

  redrive(world);
  world.ports.secrets = { open: () => Promise.reject(new Error('KMS is down')) };
  await world.run(60 * MINUTE);
  expect(world.record()).toMatchObject({ status: 'retrying', next: { cycle: 2 } });
  expect(world.queues.counts(world.deadLetters)).toMatchObject({ visible: 1 });

  redrive(world);
  world.ports.secrets = { open: async () => SECRET };
  world.answer = () => 200;
  await world.run(MINUTE);

  expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 }, attemptCount: 1 });
  expect(world.posts).toHaveLength(2);
});

it.each([
  ['changes its lane', { lane: 'slow' }, {}],
  ['is delayed to its slot', {}, { rateLimitPerSecond: 1 }],
] as const)(
  'a redriven message that carries a result and %s makes the POST of its new cycle',
  async (_, health, limit) => {
    const world = new DeliveryWorld();
    const result = { at: START, durationMs: 5, statusCode: 500, retryAfter: null, responseExcerpt: '' };
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    await world.send(aMessage({ step: 2, result: { ...result, errorCode: 'http_status' } }));
    await world.run(MINUTE);
    expect(world.record()).toMatchObject({ status: 'dead', attemptCount: 1 });
    expect(world.posts).toHaveLength(0);

    world.change('ep_1', limit);
    world.health.set('ep_1', { ...freshHealth('ep_1'), lane: 'fast', revision: 9, ...health });
    redrive(world);
    // Others are in line before it.
    for (let ask = 0; ask < 3; ask++) await world.ports.rate.ask('ep_1', 1, false);
    await world.run(60 * MINUTE);

    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
  },
);
