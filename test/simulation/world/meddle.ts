import { SqsError } from '../../../local/sqs-model/errors.ts';
import type { QueueName } from '../checks/queue-contents.ts';
import type { OtherFault } from '../engine/faults.ts';
import { garbage } from './fan-outs.ts';
import type { World } from './world.ts';

/** The fault that deletes the messages of each queue; dead letters of deliveries are only moved. */
const PURGES: Readonly<Record<QueueName, OtherFault | undefined>> = {
  fanout: 'purge',
  'bulk-fanout': 'purge',
  'fanout-dead': 'purge',
  'rule-dead': 'purge',
  fast: 'purge of deliveries',
  slow: 'purge of deliveries',
  bulk: 'purge of deliveries',
  jobs: 'purge of work',
  continuations: 'purge of work',
  dead: undefined,
};

/**
 * A message has come to a queue: sometimes all of its messages are deleted soon after, as by an operator's hand, or one
 * comes that cannot be read.
 */
export function meddle(world: World, queue: QueueName): void {
  const isLetter = queue === 'fanout-dead' || queue === 'rule-dead';
  if (isLetter && world.happens('garbage')) world.queues.send(world.arns[queue], { body: garbage(world) });
  const fault = PURGES[queue];
  if (fault === undefined || !world.happens(fault)) return;
  const { chance, scheduler } = world;
  scheduler.after(chance.unit() * chance.pick([100, 5_000, 400_000]), () => {
    if (!world.healthy) purge(world, queue);
  });
}

function purge(world: World, queue: QueueName): void {
  const { contents } = world.checks;
  const about = contents.namesIn(queue);
  contents.deleting = true;
  try {
    world.queues.purge(world.arns[queue]);
    world.note(about, `the messages of ${queue} are deleted`);
  } catch (fault) {
    // Only one purge a minute is allowed.
    if (!(fault instanceof SqsError)) throw fault;
  } finally {
    contents.deleting = false;
  }
}
