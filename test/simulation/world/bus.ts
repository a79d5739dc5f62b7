import type { AcceptedEvents } from '../../../core/events/accepted.ts';
import { SqsError } from '../../../local/sqs-model/errors.ts';
import type { SendInput } from '../../../local/sqs-model/message.ts';
import type { QueueName } from '../checks/queue-contents.ts';
import type { World } from './world.ts';

/** EventBridge: accepts entries one by one, and sends each to the fan-out queue at least once, or to the rule's dead-letter queue. */
export function putOnBus(world: World, entries: readonly AcceptedEvents[]): number[] {
  const failed: number[] = [];
  const { now } = world.scheduler;
  entries.forEach((entry, index) => {
    if (now < world.busIsOutUntil || world.happens('bus entry failed')) {
      failed.push(index);
      // It may stay unavailable for longer than a producer waits.
      if (!world.healthy && world.chance.happens(0.2)) world.busIsOutUntil = now + 5_000;
    } else take(world, structuredClone(entry));
  });
  return failed;
}

function take(world: World, entry: AcceptedEvents): void {
  const { scheduler, chance, checks } = world;
  const ids = entry.events.map(({ id }) => id);
  const copies = world.happens('bus duplicate') ? 2 : 1;
  if (copies > 1) checks.copied(ids);
  const gaveUp = world.happens('bus gave up');
  const isLost = world.happens('bus lost');
  if (isLost) checks.lost(ids);
  for (let copy = 0; copy < copies; copy++) {
    checks.contents.lift(ids, 1);
    world.onBus += 1;
    const late = world.happens('bus late') ? chance.unit() * 600_000 : chance.unit() * 300;
    scheduler.after(late, () => {
      world.note(ids, isLost ? 'the bus lost the event' : deliver(world, entry, gaveUp));
      world.onBus -= 1;
      checks.contents.lift(ids, -1);
    });
  }
}

/** An event that a queue refuses is not retried: it goes to the rule's dead-letter queue, and is lost if that refuses it too. */
function deliver(world: World, entry: AcceptedEvents, gaveUp: boolean): string {
  const takes = (queue: QueueName, message: SendInput): boolean => {
    try {
      world.queues.send(world.arns[queue], message);
      return true;
    } catch (fault) {
      if (fault instanceof SqsError) return false;
      throw fault;
    }
  };
  if (!gaveUp && takes('fanout', { body: JSON.stringify(entry), groupId: entry.tenant })) {
    return 'the bus sent the event to the fan-out queue';
  }
  return takes('rule-dead', { body: JSON.stringify({ detail: entry }) }) ? 'the bus gave up' : 'the bus lost the event';
}
