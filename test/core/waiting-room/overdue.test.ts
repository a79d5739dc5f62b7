import { expect, it } from 'vitest';
import { aMessage, anEndpoint, DeliveryWorld } from '../../support/delivery-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A delivery that has failed once, and whose next message somebody has deleted. */
async function withLostMessage(retryPolicy: Partial<ReturnType<typeof anEndpoint>['retryPolicy']> = {}) {
  const world = new DeliveryWorld();
  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, ...retryPolicy } });
  world.answer = () => 500;
  await world.send(aMessage());
  await world.drain();
  expect(world.record()).toMatchObject({ status: 'retrying', attemptCount: 1 });
  world.answer = () => 200;
  return world;
}

it('a delivery whose message was lost is sent again an hour or a little more after its attempt was due, as the same attempt', async () => {
  const world = await withLostMessage();
  const dueAt = world.record()?.nextAttemptAt ?? 0;
  world.queues.purge(world.queue);

  await world.run(59 * MINUTE);
  expect(world.record()).toMatchObject({ status: 'retrying', attemptCount: 1 });

  await world.run(17 * MINUTE);
  expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 2, next: { cycle: 1 } });
  expect(world.posts).toHaveLength(2);
  expect(world.posts[1]?.at).toBeLessThan(dueAt + HOUR + 16 * MINUTE);
});

it('a delivery whose message is only late is posted once more, and not twice', async () => {
  const world = await withLostMessage();
  // The deliver function stands still for three hours; the scheduled tasks do not.
  for (let minute = 0; minute < 180; minute++) {
    world.now += MINUTE;
    await world.tick();
  }
  const { visible } = world.queues.counts(world.queue);
  expect(visible).toBeGreaterThan(1);
  // Later and later, so that a long standstill makes few copies.
  expect(visible).toBeLessThan(4);

  await world.run(10 * MINUTE);
  expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 2 });
  expect(world.posts).toHaveLength(2);
});
