import { describe, expect, it } from 'vitest';
import { bodyBytesAtOnce } from '../../../core/deliveries/body-room.ts';
import { deliverBatch } from '../../../core/deliveries/deliver-batch.ts';
import { createEndpointCache } from '../../../core/deliveries/endpoint-cache.ts';
import type { DeliverPorts } from '../../../core/deliveries/ports.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { EVENT_BYTES_MAX } from '../../../core/events/input.ts';
import { Room } from '../../../core/room.ts';
import { stages } from '../../../lib/stage.ts';
import { Scheduler } from '../../simulation/engine/scheduler.ts';
import { aMessage, anEndpoint, DeliveryWorld, START } from '../../support/delivery-world.ts';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 60_000;
const BUDGET = bodyBytesAtOnce(512);

interface Body {
  bytes: number;
  /** How long its receiver takes; it does not answer within its timeout if that is shorter. */
  answerMs: number;
  timeoutSeconds?: number;
  /** Whether S3 never answers. */
  isLost?: boolean;
}

/** Delivers bodies by reference through the slow lane, one invocation at a time, in virtual time. */
async function deliverAll(bodies: readonly Body[]) {
  const world = new DeliveryWorld();
  const scheduler = new Scheduler(START, 1);
  const clock = () => scheduler.now;
  const later = (ms: number) => new Promise<void>((resolve) => scheduler.after(ms, resolve));
  const posted = new Map<string, { at: number; invocation: number }[]>();
  const seen = { mostHeld: 0, invocations: 0, receives: 0, longestMs: 0, sent: 0 };
  let held = 0;
  let endsAt = 0;
  const bodyOf = (endpointId: string) => bodies[Number(endpointId.slice(3))] ?? expect.fail(endpointId);
  const idOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
  const ports: DeliverPorts = {
    ...world.ports,
    clock,
    bodies: new Room(BUDGET),
    wait: later,
    after: (ms, act) => {
      let isOff = false;
      scheduler.after(ms, () => !isOff && act());
      return () => {
        isOff = true;
      };
    },
    remainingMs: () => endsAt - clock(),
    queue: {
      send: (messages) => {
        seen.sent += messages.length;
        return world.ports.queue.send(messages);
      },
    },
    payloads: {
      get: async ({ key, length }) => {
        if (bodies[Number(key.split('_')[1]?.split('/')[0])]?.isLost) await new Promise(() => undefined);
        held += length;
        seen.mostHeld = Math.max(seen.mostHeld, held);
        await later(50);
        return String(length);
      },
    },
    sender: {
      send: async ({ url, body, timeoutMs }) => {
        const [at, id] = [clock(), idOf(url)];
        posted.set(id, [...(posted.get(id) ?? []), { at: at - START, invocation: seen.invocations }]);
        const { answerMs } = bodyOf(id);
        const isSlow = answerMs > timeoutMs;
        await later(Math.min(answerMs, timeoutMs));
        held -= Number(body);
        const said = isSlow
          ? { statusCode: null, errorCode: 'timeout' as const }
          : { statusCode: 200, errorCode: null };
        return { at, durationMs: clock() - at, retryAfter: null, responseExcerpt: '', ...said };
      },
    },
  };
  for (const [index, { bytes, timeoutSeconds = 15 }] of bodies.entries()) {
    const id = `ep_${index}`;
    const retryPolicy = { ...anEndpoint().retryPolicy, max_attempts: 1 };
    world.endpoints.set(id, anEndpoint({ id, url: `https://example.com/${id}`, timeoutSeconds, retryPolicy }));
    world.health.set(id, { ...freshHealth(id), revision: 1 });
    const payload = { key: `acme/evt_${index}/hash`, offset: 0, length: bytes };
    const message = aMessage({ eventId: `evt_${index}`, endpointId: id, payload });
    await world.ports.queue.send([{ message, delaySeconds: 0, lane: 'slow' }]);
  }
  const receive = () => Array.from({ length: 10 }, () => world.receive(10, 'slow')).flat();
  const cache = createEndpointCache(clock);
  for (let batch = receive(); batch.length > 0 && seen.invocations < 20; batch = receive()) {
    seen.invocations += 1;
    const open = batch.filter(({ message: { eventId, endpointId } }) => !world.record(eventId, endpointId)?.deadLetter);
    seen.receives = Math.max(seen.receives, ...open.map(({ receiveCount }) => receiveCount));
    endsAt = clock() + TIMEOUT_MS;
    const began = clock();
    let isOver = false;
    const invoke = async () => {
      for (const { received, verdict } of await deliverBatch(batch, cache, ports))
        if (verdict === 'acknowledge') world.queues.delete(world.slowQueue, received.receiptHandle);
      isOver = true;
    };
    scheduler.after(0, () => void invoke());
    await scheduler.run(endsAt, () => isOver);
    expect(isOver, 'the invocation ended by itself').toBe(true);
    seen.longestMs = Math.max(seen.longestMs, clock() - began);
    world.now = clock();
  }
  const records = bodies.map((_, index) => world.record(`evt_${index}`, `ep_${index}`));
  return { posted, records, ...seen, left: world.queues.counts(world.slowQueue) };
}

const EMPTY = { visible: 0, inFlight: 0, delayed: 0 };
const times = (count: number, body: Body): Body[] => Array.from({ length: count }, () => body);
const statuses = (records: readonly ({ status: string } | undefined)[]) => [
  ...new Set(records.map((one) => one?.status)),
];

describe('a batch of 100 bodies of 1 MiB', () => {
  it('to quick receivers is delivered in one invocation, which never holds more than its budget', async () => {
    const { posted, records, mostHeld, invocations, sent, left } = await deliverAll(
      times(100, { bytes: MIB, answerMs: 100 }),
    );
    expect(statuses(records)).toEqual(['delivered']);
    expect([...posted.values()].every((posts) => posts.length === 1)).toBe(true);
    expect({ invocations, sent, left }).toEqual({ invocations: 1, sent: 0, left: EMPTY });
    expect(mostHeld).toBeLessThanOrEqual(BUDGET);
    expect(mostHeld).toBeGreaterThan(BUDGET - MIB);
  });

  it('to hanging, slow and quick receivers is POSTed once each, and no message is received twice', async () => {
    const hanging = { bytes: MIB, answerMs: 99_000, timeoutSeconds: 30 };
    const slow = { bytes: MIB, answerMs: 9_000 };
    const quick = { bytes: MIB, answerMs: 100 };
    const { posted, records, mostHeld, receives, longestMs, left } = await deliverAll(
      [hanging, slow, quick, hanging, quick].flatMap((body) => times(20, body)),
    );
    expect(statuses(records).sort()).toEqual(['dead', 'delivered']);
    expect(records.filter((one) => one?.status === 'dead').length).toBe(40);
    expect(records.every((one) => one?.attemptCount === 1)).toBe(true);
    expect([...posted.values()].every((posts) => posts.length === 1)).toBe(true);
    expect(mostHeld).toBeLessThanOrEqual(BUDGET);
    expect(receives).toBe(1);
    expect(longestMs).toBeLessThan(TIMEOUT_MS - 15_000);
    // The dead ones are on their way to the dead-letter queue.
    expect(left.visible + left.delayed).toBe(0);
  });

  it('of which some find no memory in time hands those on, as further messages that claim their POST', async () => {
    const { posted, records, invocations, sent, receives, left } = await deliverAll(
      times(100, { bytes: MIB, answerMs: 29_000, timeoutSeconds: 30 }),
    );
    expect(statuses(records)).toEqual(['delivered']);
    expect([...posted.values()].every((posts) => posts.length === 1)).toBe(true);
    expect({ invocations, receives, left }).toEqual({ invocations: 3, receives: 1, left: EMPTY });
    expect(sent).toBe(100 - Math.floor(BUDGET / MIB) + (100 - 2 * Math.floor(BUDGET / MIB)));
    const handedOn = records.filter((one) => (one?.next.step ?? 0) > 1);
    expect(handedOn.every((one) => one?.attempts.length === 1)).toBe(true);
  });
});

describe('small bodies in a batch with large ones', () => {
  it('are POSTed at once, although receivers of large ones hang', async () => {
    const large = times(80, { bytes: MIB, answerMs: 99_000, timeoutSeconds: 30 });
    const small = times(20, { bytes: 70_000, answerMs: 100 });
    const { posted } = await deliverAll([...large, ...small]);
    const firsts = small.map((_, index) => posted.get(`ep_${80 + index}`)?.[0]);
    expect(firsts.every((post) => post?.invocation === 1 && post.at < 1_000)).toBe(true);
  });
});

describe('a call that never answers', () => {
  it('fails its message alone, before the invocation times out', async () => {
    const quick = { bytes: MIB, answerMs: 100 };
    const { records, left, invocations, longestMs } = await deliverAll([{ ...quick, isLost: true }, quick, quick]);
    expect(records.map((one) => one?.status)).toEqual([undefined, 'delivered', 'delivered']);
    expect({ left, invocations, longestMs }).toEqual({
      left: { visible: 0, inFlight: 1, delayed: 0 },
      invocations: 1,
      longestMs: TIMEOUT_MS - 2_000,
    });
  });
});

describe('the budget of bytes', () => {
  it('is what the memory of the function leaves, and more than the largest body', () => {
    expect([bodyBytesAtOnce(512), bodyBytesAtOnce(1769)].map((bytes) => Math.floor(bytes / MIB))).toEqual([40, 219]);
    expect(bodyBytesAtOnce(128)).toBe(0);
  });

  it.each(Object.values(stages))('of stage $name has room for a whole batch of the fast lane', (stage) => {
    const { functions, deliveryQueue } = stage;
    const bytes = bodyBytesAtOnce(functions.deliver.memoryMb);
    expect(bytes).toBeGreaterThan(deliveryQueue.batchSize * EVENT_BYTES_MAX);
  });
});
