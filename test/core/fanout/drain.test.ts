import { beforeEach, describe, expect, it } from 'vitest';
import { type DrainPorts, drain, type UpstreamDeadLetter } from '../../../core/fanout/drain.ts';
import type { OutgoingFanout } from '../../../core/fanout/fanout-queue.ts';
import type { UnreadableLetter } from '../../../core/fanout/unreadable-letter.ts';
import { START } from '../../support/delivery-world.ts';

const payload = { key: 'k', offset: 0, length: 2, inline: '{}' };
const event = { id: 'evt_1', type: 'a', acceptedAt: START, expiresAt: START, traceId: '1', payload };
const message = { v: 1, tenant: 'acme', events: [event] };

let letters: UpstreamDeadLetter[];
/** Received and not removed. */
let hidden: Set<UpstreamDeadLetter>;
let sent: OutgoingFanout[];
let stored: UnreadableLetter[];
let keys: { queue: string; key: string }[];
let [receives, receivesAtOnce]: [number, number] = [0, 0];
let ports: DrainPorts;

beforeEach(() => {
  [letters, hidden, sent, stored, keys] = [[], new Set(), [], [], []];
  [receives, receivesAtOnce] = [0, 0];
  let receiving = 0;
  ports = {
    sources: [
      {
        name: 'fanout',
        async receive() {
          [receives, receiving] = [receives + 1, receiving + 1];
          receivesAtOnce = Math.max(receivesAtOnce, receiving);
          // The others have begun to receive by then.
          await new Promise((resolve) => setImmediate(resolve));
          receiving -= 1;
          const some = letters.filter((letter) => !hidden.has(letter)).slice(0, 10);
          for (const letter of some) hidden.add(letter);
          return some;
        },
        remove: async (gone) => {
          letters = letters.filter((letter) => !gone.includes(letter));
        },
      },
    ],
    queue: { send: async (messages) => void sent.push(...messages), waiting: async () => 0 },
    unreadable: {
      async put(letter) {
        stored.push(letter);
        return `key ${stored.length}`;
      },
    },
    setAside: (letter) => keys.push(letter),
    clock: () => START,
    remainingMs: () => 60_000,
  };
});

const put = (body: unknown) =>
  letters.push({ body: typeof body === 'string' ? body : JSON.stringify(body), handle: String(letters.length) });
const bodies = () => letters.map(({ body }) => body);

describe('a dead-letter queue before the fan-out', () => {
  it('sends its events back, marked as repeats, after a delay', async () => {
    for (let at = 0; at < 25; at++) put(message);
    expect(await drain(ports)).toBe(25);
    expect(letters).toEqual([]);
    expect(sent[0]).toEqual({
      message: { ...message, events: [{ ...event, repeat: true }], rounds: 1 },
      delaySeconds: 60,
    });
  });

  it('is read in both forms: the message itself, and the whole event from EventBridge', async () => {
    put({ version: '0', source: 'postrider', 'detail-type': 'event.accepted', detail: message });
    await drain(ports);
    expect(sent.map((back) => back.message.tenant)).toEqual(['acme']);
  });

  it('is emptied in one run, by several receives at a time', async () => {
    for (let at = 0; at < 5_000; at++) put(message);
    expect(await drain(ports)).toBe(5_000);
    expect([letters.length, receivesAtOnce]).toEqual([0, 10]);
  });

  it('costs one receive if it is empty', async () => {
    expect([await drain(ports), receives]).toEqual([0, 1]);
  });

  it('keeps messages that cannot be sent back', async () => {
    put(message);
    ports.queue.send = () => Promise.reject(new Error('throttled'));
    await expect(drain(ports)).rejects.toThrow(AggregateError);
    expect(letters).toHaveLength(1);
  });

  it('returns the others if the fan-out queue refuses one', async () => {
    for (let at = 0; at < 300; at++) put({ ...message, tenant: at === 17 ? 'refused' : 'acme' });
    const { send } = ports.queue;
    ports.queue.send = (messages) =>
      messages.some(({ message: { tenant } }) => tenant === 'refused')
        ? Promise.reject(new Error('SQS refuses a message'))
        : send(messages);
    await expect(drain(ports)).rejects.toThrow(AggregateError);
    expect([letters.length, sent.length]).toEqual([10, 290]);
  });

  it('is given up for this run while every call fails', async () => {
    for (let at = 0; at < 5_000; at++) put(message);
    ports.queue.send = () => Promise.reject(new Error('throttled'));
    await expect(drain(ports)).rejects.toThrow(AggregateError);
    expect([letters.length, receives]).toEqual([5_000, 30]);
    ports.queue.waiting = () => Promise.reject(new Error('throttled'));
    await expect(drain(ports)).rejects.toThrow(AggregateError);
    expect(receives).toBe(30);
  });

  it('does not keep another one from being emptied', async () => {
    const broken = { name: 'rule', receive: () => Promise.reject(new Error('no')), remove: async () => undefined };
    put(message);
    await expect(drain({ ...ports, sources: [broken, ...ports.sources] })).rejects.toThrow(AggregateError);
    expect([letters.length, sent.length]).toEqual([0, 1]);
  });

  it('is left for the next run when time runs out', async () => {
    put(message);
    expect(await drain({ ...ports, remainingMs: () => 15_000 })).toBe(0);
    expect(letters).toHaveLength(1);
  });

  it('is left alone while very many messages wait for the fan-out', async () => {
    put(message);
    ports.queue.waiting = async () => 100_000;
    expect([await drain(ports), receives]).toEqual([0, 0]);
    ports.queue.waiting = async () => 99_999;
    expect(await drain(ports)).toBe(1);
  });
});

describe('a dead letter that comes back', () => {
  it('is delayed for twice as long each time, up to 15 minutes', async () => {
    const delays: number[] = [];
    put(message);
    for (let round = 0; round < 10; round++) {
      await drain(ports);
      const [back] = sent.splice(0);
      delays.push(back?.delaySeconds ?? -1);
      put(back?.message);
    }
    expect(delays).toEqual([60, 120, 240, 480, 900, 900, 900, 900, 900, 900]);
    expect(JSON.parse(letters[0]?.body ?? '').rounds).toBe(10);
  });

  it('is set aside after ten rounds', async () => {
    put({ ...message, rounds: 9 });
    put({ ...message, rounds: 10 });
    const [, last] = bodies();
    expect(await drain(ports)).toBe(1);
    expect(sent.map((back) => back.message.rounds)).toEqual([10]);
    expect(stored).toEqual([{ queue: 'fanout', reason: 'failed_every_round', setAsideAt: START, body: last }]);
    expect(letters).toEqual([]);
  });
});

describe('a dead letter that cannot be read', () => {
  it('is set aside with its reason, and its key is reported', async () => {
    put('not JSON');
    put('{"v":2}');
    put(message);
    await drain(ports);
    const about = { queue: 'fanout', setAsideAt: START };
    expect(stored).toEqual([
      { ...about, reason: 'not_json', body: 'not JSON' },
      { ...about, reason: 'not_a_message', body: '{"v":2}' },
    ]);
    expect(keys).toEqual([
      { queue: 'fanout', key: 'key 1' },
      { queue: 'fanout', key: 'key 2' },
    ]);
    expect([letters.length, sent.length]).toEqual([0, 1]);
  });

  it('stays in its queue if it cannot be stored, and the others are processed', async () => {
    put('not JSON');
    put(message);
    put('{"v":2}');
    const store = ports.unreadable.put;
    ports.unreadable.put = (letter) =>
      letter.body === 'not JSON' ? Promise.reject(new Error('S3 is unavailable')) : store(letter);
    await expect(drain(ports)).rejects.toThrow(AggregateError);
    expect(bodies()).toEqual(['not JSON']);
    expect([sent.length, stored.length, keys.length]).toEqual([1, 1, 1]);
  });
});
