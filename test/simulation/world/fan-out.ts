import { type FanoutPorts, fanOut, shareReads } from '../../../core/fanout/fan-out.ts';
import { fanoutMessage } from '../../../core/fanout/message.ts';
import type { ReceivedMessage } from '../../../local/sqs-model/message.ts';
import type { Container } from '../engine/container.ts';
import { filtersOf } from './filters.ts';
import { deliveryQueueOf, eventsOf, ledgerOf, payloadsOf, subscriptionsOf } from './ports.ts';
import type { World } from './world.ts';

const FUNCTION_TIMEOUT_MS = 30_000;

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
          world.queues.send(world.arns.fanout, { body: JSON.stringify(message), groupId: message.tenant });
        });
      },
    },
  };
}

/** One invocation of the fan-out function: its messages share reads, but succeed or fail separately. */
export function invokeFanout(
  world: World,
  batch: ReceivedMessage[],
  done: (kept: ReadonlySet<string>) => void,
  over: () => void,
): void {
  world.invoke(
    'fanout',
    FUNCTION_TIMEOUT_MS,
    (container) => coldStart(world, container),
    async (container, ports) => {
      const shared = { ...ports, subscriptions: shareReads(ports.subscriptions) };
      const kept = new Set<string>();
      await Promise.all(
        batch.map(async ({ messageId, body, receiveCount }) => {
          try {
            const message = fanoutMessage.parse(JSON.parse(body));
            const ids = message.events.map(({ id }) => id);
            world.note(
              ids,
              `${container} fans out message ${messageId} (page ${message.cursor?.page ?? 0}, receive ${receiveCount})`,
            );
            await fanOut(message, receiveCount > 1, shared);
          } catch {
            kept.add(messageId);
          }
        }),
      );
      return kept;
    },
    (kept) => done(kept ?? new Set(batch.map(({ messageId }) => messageId))),
    over,
  );
}
