import assert from 'node:assert/strict';
import type { ReceivedDeadLetter } from '../../../core/dead-letters/dead-letter.ts';
import { reconcileDeadLetters } from '../../../core/dead-letters/reconcile.ts';
import { deliveryMessage } from '../../../core/deliveries/message.ts';
import { type DeadLetterSource, drain } from '../../../core/fanout/drain.ts';
import { fanoutMessage } from '../../../core/fanout/message.ts';
import { createMemoryDeathCounts, createMemoryReconciliation } from '../../fakes/death-counts.ts';
import { aMessage, DAY, DeliveryWorld, START } from '../../support/delivery-world.ts';
import { jsonOf, type Target } from './target.ts';

const payload = { key: 'k', offset: 0, length: 2, inline: '{}' };
const event = { id: 'evt_1', type: 'a', acceptedAt: START, expiresAt: START, traceId: '1', payload };
const UPSTREAM = JSON.stringify({ v: 1, tenant: 'acme', events: [event] });

const check = async (input: string) => `${await checkDelivery(input)} ${await checkUpstream(input)}`;

/** A dead letter between two whose delivery is done: those two are deleted. */
async function checkDelivery(input: string): Promise<string> {
  const world = new DeliveryWorld();
  await world.send(aMessage());
  await world.drain();
  const deadLetter = (messageId: string, body: string): ReceivedDeadLetter => ({
    ...{ messageId, body, receiptHandle: messageId, receiveCount: 5, sentAt: START, firstReceivedAt: START },
  });
  const done = JSON.stringify(aMessage({ copy: 'another' }));
  let queue = [deadLetter('before', done), deadLetter('input', input), deadLetter('after', done)];
  const unreadable: string[] = [];
  await reconcileDeadLetters({
    deadLetters: {
      count: async () => queue.length,
      receive: async () => queue,
      remove: async (gone) => {
        queue = queue.filter((one) => !gone.includes(one));
      },
      makeVisible: async () => undefined,
    },
    deaths: createMemoryDeathCounts(world.ledger.deaths, () => world.ledger.records.values()),
    ledger: world.ledger,
    state: createMemoryReconciliation(),
    unreadable: ({ messageId }) => unreadable.push(messageId),
    clock: () => world.now,
    remainingMs: () => 60_000,
    deadLetterRetentionMs: 14 * DAY,
  });
  const left = queue.map(({ messageId }) => messageId);
  assert.ok(!left.includes('before') && !left.includes('after'), 'A neighbour is not processed.');
  const isReadable = deliveryMessage.safeParse(jsonOf(input)).success;
  assert.deepEqual(unreadable, isReadable ? [] : ['input'], 'Another dead letter is called unreadable.');
  assert.ok(isReadable || left.includes('input'), 'A dead letter is deleted unread.');
  const statuses = [...world.ledger.records.values()].map(({ status }) => status);
  return `${isReadable} ${left.length} ${statuses.join()}`;
}

/** A message between two that can be sent back: those two are. */
async function checkUpstream(input: string): Promise<string> {
  const queue = [UPSTREAM, input, UPSTREAM].map((body, at) => ({ body, handle: String(at) }));
  const left = new Set(queue.map(({ handle }) => handle));
  const back: unknown[] = [];
  const kept: string[] = [];
  const source: DeadLetterSource = {
    name: 'fanout',
    receive: async () => queue.splice(0),
    remove: async (removed) => {
      for (const { handle } of removed) left.delete(handle);
    },
  };
  await drain({
    sources: [source],
    queue: {
      send: async (messages) => void back.push(...messages.map(({ message }) => JSON.parse(JSON.stringify(message)))),
      waiting: async () => 0,
    },
    unreadable: {
      async put({ body }) {
        kept.push(body);
        return 'key';
      },
    },
    setAside: () => undefined,
    clock: () => START,
    remainingMs: () => 60_000,
  });
  const value = jsonOf(input);
  const detail: unknown = typeof value === 'object' && value !== null && 'detail' in value ? value.detail : undefined;
  const isReadable = [value, detail].some((one) => fanoutMessage.safeParse(one).success);
  const isOver = [value, detail].some((one) => (fanoutMessage.safeParse(one).data?.rounds ?? 0) >= 10);
  const isReturned = isReadable && !isOver;
  assert.equal(back.length, isReturned ? 3 : 2, 'A message is not sent back.');
  assert.ok(
    back.every((message) => fanoutMessage.safeParse(message).success),
    'What is sent back cannot be read.',
  );
  assert.deepEqual(kept, isReturned ? [] : [input], 'Another message is set aside, or not with its own text.');
  assert.deepEqual([...left], [], 'A message stays in its queue.');
  return `${isReadable}`;
}

export const target: Target = {
  holds: 'An unreadable dead letter is kept for operators, as it is, and its neighbours are processed.',
  covers: ['core/dead-letters/', 'core/deliveries/', 'core/fanout/drain.ts', 'core/fanout/message.ts', 'core/events/'],
  seeds: [
    ...[
      UPSTREAM,
      `{"detail":${UPSTREAM},"source":"postrider"}`,
      JSON.stringify(aMessage()),
      '',
      'null',
      '{"v":2}',
      '{',
    ],
    JSON.stringify(aMessage({ eventId: 'evt_2', cycle: 2, step: 3, attempt: 2 })),
    JSON.stringify(aMessage({ cycle: 2, step: 1, copy: 'x' })),
  ],
  dictionary: [
    ...[
      'v',
      'tenant',
      'eventId',
      'endpointId',
      'cycle',
      'step',
      'attempt',
      'payload',
      'expiresAt',
      'copy',
      'detail',
      'events',
    ],
    ...[
      'cursor',
      'rounds',
      'key',
      'offset',
      'length',
      'inline',
      'evt_1',
      'evt_2',
      'ep_1',
      '__proto__',
      '-1',
      '1e999',
      `${START}`,
    ],
  ],
  timeMs: 2_000,
  check,
};
