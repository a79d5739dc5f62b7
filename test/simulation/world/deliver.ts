import { deliverBatch } from '../../../core/deliveries/deliver-batch.ts';
import { createEndpointCache, type EndpointCache } from '../../../core/deliveries/endpoint-cache.ts';
import { type DeliveryLane, deliveryMessage, type ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { DeliverPorts } from '../../../core/deliveries/ports.ts';
import type { OutboundRequest, Sender } from '../../../core/deliveries/sender.ts';
import { disableAndNotify } from '../../../core/endpoints/change.ts';
import { createHealthTracker } from '../../../core/endpoints/health-tracker.ts';
import { createRateLimiter } from '../../../core/rate/limiter.ts';
import { Room } from '../../../core/room.ts';
import { createSecretOpener } from '../../../core/secrets/vault.ts';
import { stages } from '../../../lib/stage.ts';
import type { ReceivedMessage } from '../../../local/sqs-model/message.ts';
import type { Container, Lasting } from '../engine/container.ts';
import { InjectedFault } from '../engine/faults.ts';
import { deliveryQueueOf, ledgerOf, payloadsOf } from './ports.ts';
import { healthyReceiver, type Receiver } from './receivers.ts';
import { auditOf, endpointStoreOf, healthStoreOf, keysOf, rateSlotsOf, subscriptionsOf } from './registry-ports.ts';
import type { World } from './world.ts';

const FUNCTION_TIMEOUT_MS = stages.prod.functions.deliver.timeoutSeconds * 1000;

interface DeliverState {
  cache: EndpointCache;
  ports: Lasting<DeliverPorts>;
}

/** Bytes of bodies that an invocation may hold. A body costs seven times as much memory, of which half is for the rest. */
function bodyRoom({ aws, profile }: World): number {
  const memory = aws.memoryMax('deliver');
  return memory === undefined ? profile.bodyBytesAtOnce : Math.min(profile.bodyBytesAtOnce, memory / 2 / 7);
}

/** The state that a cold start of the deliver function creates, over the ports of one container. */
function coldStart(world: World, receivers: ReadonlyMap<string, Receiver>, container: Container): DeliverState {
  const { clock, chance: random, profile } = world;
  const cache = createEndpointCache(clock);
  const health = healthStoreOf(world, container);
  const changes = {
    endpoints: endpointStoreOf(world, container),
    subscriptions: subscriptionsOf(world, container),
    audit: auditOf(world, container),
    health,
    clock,
    random,
  };
  const rules = {
    openAfterFailures: profile.openAfterFailures,
    disableAfterMs: profile.disableAfterMs,
    disableAfterFailures: 10,
  };
  const ports: DeliverState['ports'] = {
    ledger: ledgerOf(world, container),
    queue: deliveryQueueOf(world, container),
    payloads: {
      get: async (ref) => {
        const ended = world.checks.bodies.held(ref.length, container);
        return payloadsOf(world, container).get(ref).finally(ended);
      },
    },
    secrets: createSecretOpener(keysOf(world, container), clock),
    sender: senderOf(world, receivers, container),
    endpoints: { disable: (endpoint, reason) => disableAndNotify(endpoint, reason, clock(), changes) },
    health: createHealthTracker({ store: health, noteHealth: cache.noteHealth, rules, clock, random }),
    rate: createRateLimiter(rateSlotsOf(world, container), clock),
    bodies: new Room(bodyRoom(world)),
    changeVisibility: (received, seconds) => {
      world.checks.putBack(received.messageId, container);
      return container
        .call({ name: `queue.changeVisibility ${seconds}` }, async () => {
          const arn = world.arns[received.lane];
          world.queues.changeVisibility(arn, received.receiptHandle, seconds);
          world.sources.get(received.lane)?.wake(world.queues.nextVisibleAtMs(arn) ?? clock());
        })
        .catch(() => undefined);
    },
    observer: {
      attempted: () => undefined,
      ended: () => undefined,
      notAttempted: (received, what) =>
        world.note([`${received.message.eventId}/${received.message.endpointId}`], `${container}: ${what}`),
      retrying: () => undefined,
      healthNotUpdated: () => undefined,
    },
    clock,
    random,
    wait: container.wait,
    after: (ms, act) => {
      let isOff = false;
      world.scheduler.after(ms, () => {
        if (!isOff && !container.dead) act();
      });
      return () => {
        isOff = true;
      };
    },
    unrecordedResults: new Map(),
    functionTimeoutMs: FUNCTION_TIMEOUT_MS,
    userAgent: 'Postrider/simulation',
  };
  return { cache, ports };
}

/** The network to the receivers. If the sender dies, the answer to its POST is lost. */
function senderOf(world: World, receivers: ReadonlyMap<string, Receiver>, container: Container): Sender {
  const { scheduler, chance, checks } = world;
  return {
    send: (request: OutboundRequest) =>
      new Promise((resolve, reject) => {
        // The container has just died at another POST of its batch.
        if (container.dead) return;
        const call = { name: 'sender.send', about: [request.headers['x-postrider-delivery-id'] ?? ''] };
        const fault = world.decide(call, false, 'deliver');
        if (fault === 'before' || fault === 'throttle') {
          container.faultedAt = scheduler.now;
          world.count(fault);
          scheduler.after(chance.unit() * 20, () => {
            if (!container.dead) reject(new InjectedFault(fault, call.name));
          });
          return;
        }
        const post = checks.posted(request, container);
        const at = scheduler.now;
        const { afterMs, ...answer } = (receivers.get(post.endpointId) ?? healthyReceiver(chance))(
          at,
          request.timeoutMs,
        );
        const said = answer.statusCode ?? answer.errorCode;
        world.note(
          [post.key],
          `${container} POSTs attempt ${post.attempt} of cycle ${post.cycle} (message ${post.messageId}): ${said} after ${afterMs} ms`,
        );
        scheduler.note(said === 200 ? 1 : 2);
        if (fault === 'crash') {
          world.count(fault);
          container.die('crash', call);
        }
        scheduler.after(afterMs, () => {
          const result = { at, durationMs: scheduler.now - at, responseExcerpt: '', ...answer };
          checks.answered(post, result);
          container.used(request.body);
          if (!container.dead) resolve(result);
        });
      }),
  };
}

/** One invocation of the deliver function with a batch from a lane's queue, including the parsing of bodies. */
export function invokeDeliver(
  world: World,
  receivers: ReadonlyMap<string, Receiver>,
  lane: DeliveryLane,
  batch: ReceivedMessage[],
  done: (kept: ReadonlySet<string>) => void,
  over: () => void,
): boolean {
  return world.invoke({
    fn: 'deliver',
    timeoutMs: FUNCTION_TIMEOUT_MS,
    state: (container) => coldStart(world, receivers, container),
    work: async (container, { cache, ports }) => {
      const kept = new Set<string>();
      const readable: ReceivedDelivery[] = [];
      for (const stored of batch) {
        const parsed = deliveryMessage.safeParse(JSON.parse(stored.body));
        if (parsed.success) readable.push(receivedOf(stored, parsed.data, lane, world.clock()));
        else kept.add(stored.messageId);
      }
      world.checks.works(container, readable);
      for (const { message, messageId, receiveCount } of readable) {
        world.note(
          [`${message.eventId}/${message.endpointId}`],
          `${container} receives ${lane} message ${messageId} (${message.cycle}/${message.step}, attempt ${message.attempt}, receive ${receiveCount}${message.repeat ? ', a repeat' : ''})`,
        );
      }
      for (const { received, verdict } of await deliverBatch(readable, cache, {
        ...ports,
        remainingMs: container.remainingMs,
      })) {
        if (verdict === 'try_again') kept.add(received.messageId);
      }
      return kept;
    },
    done: (kept, error, container) => {
      if (kept === undefined) throw error;
      world.checks.acknowledged(container, kept);
      done(kept);
    },
    over,
  });
}

function receivedOf(
  stored: ReceivedMessage,
  message: ReceivedDelivery['message'],
  lane: DeliveryLane,
  now: number,
): ReceivedDelivery {
  return {
    messageId: stored.messageId,
    receiptHandle: stored.receiptHandle,
    receiveCount: stored.receiveCount,
    sentAt: stored.sentAtMs,
    firstReceivedAt: stored.firstReceivedAtMs ?? now,
    lane,
    message,
  };
}
