import { expect, test } from 'vitest';
import { type QueueWorld, receiveAll } from './world.ts';

/** Rules from SQSG/sqs-fair-queues-detailed.html. */
export function fairnessRules(given: () => QueueWorld): void {
  const sendTo = async (world: QueueWorld, queue: string, groupId: string | undefined, count: number) => {
    for (let sent = 0; sent < count; sent += 10) {
      const size = Math.min(10, count - sent);
      const entries = Array.from({ length: size }, (_, n) => ({ id: `e${n}`, body: `${groupId}`, groupId }));
      await world.sendBatch(queue, entries);
    }
  };
  const take = async (world: QueueWorld, queue: string, count: number) => {
    for (let taken = 0; taken < count; taken += 10) await world.receive(queue, { max: 10 });
  };

  test('a quiet group is served before the backlog of a group with over 10 % and at least 30 in flight', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await sendTo(world, queue, 'noisy', 60);
    await take(world, queue, 30);
    await sendTo(world, queue, 'quiet', 3);
    await sendTo(world, queue, undefined, 2);
    const next = await world.receive(queue, { max: 10 });
    const groups = next.map(({ groupId }) => groupId ?? 'none');
    expect(groups).toEqual(['quiet', 'quiet', 'quiet', 'none', 'none', ...Array(5).fill('noisy')]);
  });

  test('a group with fewer than 30 in flight is not noisy, whatever its share', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await sendTo(world, queue, 'busy', 40);
    await take(world, queue, 20);
    await sendTo(world, queue, 'quiet', 1);
    expect((await world.receive(queue, { max: 1 }))[0]).toMatchObject({ groupId: 'busy' });
  });

  test('messages without a group are one group each, so none of them is noisy', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await sendTo(world, queue, undefined, 60);
    await take(world, queue, 40);
    await sendTo(world, queue, 'quiet', 1);
    expect((await world.receive(queue, { max: 1 }))[0]?.groupId).toBeUndefined();
  });

  test('among noisy groups the one with the fewest messages in flight goes first', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await sendTo(world, queue, 'noisier', 40);
    await take(world, queue, 40);
    await sendTo(world, queue, 'noisy', 30);
    await take(world, queue, 30);
    await sendTo(world, queue, 'noisier', 5);
    await sendTo(world, queue, 'noisy', 5);
    const groups = (await world.receive(queue, { max: 5 })).map(({ groupId }) => groupId);
    expect(groups).toEqual(Array(5).fill('noisy'));
  });

  test('a noisy group is quiet again when it has sent nothing for five minutes', async () => {
    const world = given();
    const queue = await world.createQueue('work', { VisibilityTimeout: '600' });
    await sendTo(world, queue, 'noisy', 60);
    await take(world, queue, 30);
    await world.advance(300_000);
    await sendTo(world, queue, 'quiet', 1);
    expect((await world.receive(queue, { max: 1 }))[0]).toMatchObject({ groupId: 'noisy' });
  });

  test('a noisy group is served as usual if no other waits, and loses nothing', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await sendTo(world, queue, 'noisy', 200);
    expect(await receiveAll(world, queue)).toHaveLength(200);
  });
}
