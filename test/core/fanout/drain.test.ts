import { beforeEach, describe, expect, it } from 'vitest';
import { type DeadLetterSource, drain, type UpstreamDeadLetter } from '../../../core/fanout/drain.ts';
import type { FanoutMessage } from '../../../core/fanout/message.ts';
import { START } from '../../support/delivery-world.ts';

const payload = { key: 'k', offset: 0, length: 2, inline: '{}' };
const event = { id: 'evt_1', type: 'a', acceptedAt: START, expiresAt: START, traceId: '1', payload };
const message = { v: 1, tenant: 'acme', events: [event] };

let messages: UpstreamDeadLetter[];
let unreadable: UpstreamDeadLetter[];
let sentBack: { message: FanoutMessage; delaySeconds: number }[];
let source: DeadLetterSource;

beforeEach(() => {
  [messages, unreadable, sentBack] = [[], [], []];
  source = {
    receive: async () => messages.slice(0, 10),
    sendBack: async (messages) => void sentBack.push(...messages),
    remove: async (gone) => {
      messages = messages.filter((message) => !gone.includes(message));
    },
  };
});

const put = (body: string) => messages.push({ body, handle: String(messages.length), receiveCount: 1 });
const run = () => drain({ source, remainingMs: () => 60_000, unreadable: (message) => unreadable.push(message) });

describe('a dead-message queue before the fan-out', () => {
  it('sends its events back, marked as repeats, after a delay', async () => {
    for (let at = 0; at < 25; at++) put(JSON.stringify(message));
    expect(await run()).toBe(25);
    expect(messages).toEqual([]);
    expect(sentBack[0]).toEqual({ message: { ...message, events: [{ ...event, repeat: true }] }, delaySeconds: 60 });
  });

  it('is read in both forms: the message itself, and the whole event from EventBridge', async () => {
    put(JSON.stringify({ version: '0', source: 'postrider', 'detail-type': 'event.accepted', detail: message }));
    await run();
    expect(sentBack.map((back) => back.message.tenant)).toEqual(['acme']);
  });

  it('keeps messages that cannot be sent back', async () => {
    put(JSON.stringify(message));
    source.sendBack = () => Promise.reject(new Error('throttled'));
    await expect(run()).rejects.toThrow('throttled');
    expect(messages).toHaveLength(1);
  });

  it('keeps unreadable messages for operators, and sends the others back', async () => {
    put('not JSON');
    put('{"v":2}');
    put(JSON.stringify(message));
    await run();
    expect(messages.map(({ body }) => body)).toEqual(['not JSON', '{"v":2}']);
    expect(new Set(unreadable.map(({ body }) => body)).size).toBe(2);
    expect(sentBack).toHaveLength(1);
  });

  it('is left for the next run when time runs out', async () => {
    put(JSON.stringify(message));
    expect(await drain({ source, remainingMs: () => 5_000, unreadable: () => undefined })).toBe(0);
    expect(messages).toHaveLength(1);
  });
});
