import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { AttemptResult } from '../../../../core/deliveries/sender.ts';
import { Bench, post } from '../receiver.ts';
import { HOSTILE_RECEIVERS, type HostileReceiver } from './receivers.ts';
import { authority, createTlsServer } from './tls-servers.ts';

const bench = new Bench();
afterEach(() => bench.closeAll());

/** Small numbers, because receivers and sender share a core here: `npm run bench -- hostile` has batches of 100. */
const HOSTILE = 4;
const HEALTHY = 4;
const TIMEOUT_MS = 300;
const GRACE_MS = 100;
/** Generous: the machine may be busy. Without a bound, an attempt would take for ever. */
const LATE_MS = 3_000;

async function hostile({ scheme, serve }: HostileReceiver): Promise<string> {
  const { port } = await bench.tcp((socket: Socket) => serve(socket.setNoDelay(true)));
  return `${scheme}://127.0.0.1:${port}/hook`;
}

async function healthy() {
  let requests = 0;
  const server = createTlsServer('sound').on('request', () => {
    requests += 1;
  });
  return { ...(await bench.listen(server, 'https')), requests: () => requests };
}

const endOf = ({ statusCode, errorCode }: AttemptResult) => statusCode ?? errorCode;

describe('a receiver that', () => {
  test.each(Object.entries(HOSTILE_RECEIVERS))(
    '%s has its result in time, and delays no other',
    async (_, receiver) => {
      const url = await hostile(receiver);
      const neighbour = await healthy();
      const sender = bench.sender({ ca: authority, bodyGraceMs: GRACE_MS });
      const began = performance.now();

      // Interleaved, as a batch is.
      const batch = Array.from({ length: HOSTILE + HEALTHY }, (_, at) => at % 2 === 0);
      const results = await Promise.all(
        batch.map((isHostile) =>
          sender.send(post(isHostile ? url : neighbour.url, { timeoutMs: isHostile ? TIMEOUT_MS : LATE_MS })),
        ),
      );

      expect(performance.now() - began).toBeLessThan(LATE_MS);
      const ends = results.filter((_, at) => batch[at]).map(endOf);
      expect(ends.filter((end) => end === null || !receiver.ends.some((one) => one === end))).toEqual([]);
      expect(results.filter((_, at) => !batch[at]).map(endOf)).toEqual(Array(HEALTHY).fill(200));
      expect(neighbour.requests()).toBe(HEALTHY);
    },
  );
});

test('all of them at once leave memory and neighbours alone', async () => {
  const urls = await Promise.all(Object.values(HOSTILE_RECEIVERS).map(hostile));
  const neighbour = await healthy();
  const sender = bench.sender({ ca: authority, bodyGraceMs: GRACE_MS });
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 5);

  const results = await Promise.all(
    urls.flatMap((url) => [
      sender.send(post(url, { timeoutMs: TIMEOUT_MS })),
      sender.send(post(neighbour.url, { timeoutMs: LATE_MS })),
    ]),
  );
  clearInterval(timer);

  expect(results.filter((_, at) => at % 2 === 1).map(endOf)).toEqual(urls.map(() => 200));
  expect(neighbour.requests()).toBe(urls.length);
  // The receivers are in this process too.
  expect((peak - before) / 1024 ** 2).toBeLessThan(128);
});
