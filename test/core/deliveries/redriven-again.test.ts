import { expect, it } from 'vitest';
import { aMessage, anEndpoint, DeliveryWorld, SECRET } from '../../support/delivery-world.ts';

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
