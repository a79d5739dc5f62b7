import type { FanoutPorts } from '../../../core/fanout/fan-out.ts';
import { fanOutBatch, RESERVE_MS } from '../../../core/fanout/fan-out-batch.ts';
import { fanoutMessage } from '../../../core/fanout/message.ts';
import type { SubscriptionReader } from '../../../core/subscriptions/subscription.ts';
import { stages } from '../../../lib/stage.ts';
import type { ReceivedMessage } from '../../../local/sqs-model/message.ts';
import type { Container } from '../engine/container.ts';
import { filtersOf } from './filters.ts';
import { deliveryQueueOf, eventsOf, ledgerOf, payloadsOf } from './ports.ts';
import { subscriptionsOf } from './registry-ports.ts';
import type { World } from './world.ts';

const FUNCTION_TIMEOUT_MS = stages.prod.functions.fanout.timeoutSeconds * 1000;

function coldStart(world: World, container: Container): FanoutPorts {
  return {
    subscriptions: subscriptionsOf(world, container),
    ledger: eventsOf(world, container),
    payloads: payloadsOf(world, container),
    filters: filtersOf(container),
    records: ledgerOf(world, container),
    clock: world.clock,
    filterFailed: () => undefined,
    deliveries: deliveryQueueOf(world, container),
    pages: {
      send: (message) => {
        const about = message.events.map(({ id }) => id);
        return container.call({ name: `pages.send ${message.cursor?.page}`, about }, async () => {
          world.queues.send(world.fanoutArn(message), { body: JSON.stringify(message), groupId: message.tenant });
        });
      },
    },
  };
}

/**
 * A tenant that becomes small. Not one that becomes large: a first fan-out of a small one leaves no mark, so another one
 * may then give deliveries a second record, as isWide says.
 */
function shrinking(reader: SubscriptionReader, isFirst: boolean, { profile, chance }: World): SubscriptionReader {
  const isLarge = profile.shrinking && (isFirst || chance.happens(0.5));
  return isLarge ? { ...reader, all: async () => undefined } : reader;
}

/** One invocation of the fan-out function: its messages share reads, but succeed or fail separately. */
export function invokeFanout(
  world: World,
  batch: ReceivedMessage[],
  done: (kept: ReadonlySet<string>) => void,
  over: () => void,
): boolean {
  return world.invoke({
    fn: 'fanout',
    timeoutMs: FUNCTION_TIMEOUT_MS,
    state: (container) => coldStart(world, container),
    work: async (container, ports) => {
      const kept = new Set<string>();
      const received = batch.flatMap(({ messageId, body, receiveCount }) => {
        const { success, data: message } = fanoutMessage.safeParse(JSON.parse(body));
        if (!success) {
          kept.add(messageId);
          return [];
        }
        const ids = message.events.map(({ id }) => id);
        const about = `page ${message.cursor?.page ?? 0}, receive ${receiveCount}`;
        world.note(ids, `${container} fans out message ${messageId} (${about})`);
        return [{ messageId, message, redelivered: receiveCount > 1 }];
      });
      // Earlier work has left it a second or less to begin pages in.
      const goneMs = world.happens('little time') ? FUNCTION_TIMEOUT_MS - RESERVE_MS - world.chance.whole(0, 1_000) : 0;
      const remainingMs = () => container.remainingMs() - goneMs;
      const isFirst = received.some(
        ({ message, redelivered }) => !redelivered && message.events.some(({ repeat }) => !repeat),
      );
      const subscriptions = shrinking(ports.subscriptions, isFirst, world);
      const batchPorts = { ...ports, subscriptions, remainingMs, after: container.after };
      for (const fannedOut of await fanOutBatch(received, batchPorts)) {
        if ('fault' in fannedOut) kept.add(fannedOut.received.messageId);
      }
      return kept;
    },
    done: (kept) => done(kept ?? new Set(batch.map(({ messageId }) => messageId))),
    over,
  });
}
