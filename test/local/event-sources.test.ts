import { describe, expect, it } from 'vitest';
import { type ReceivedMessage, type SourceQueue, startMapping } from '../../local/event-sources.ts';
import type { Invoke, Outcome } from '../../local/functions/function-host.ts';

const answered = (response: unknown): Outcome => ({ ok: true, payload: JSON.stringify(response) ?? 'null' });
const failures = (...ids: unknown[]) =>
  answered({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe('the messages that an event source mapping deletes', () => {
  it.each([
    ['all after null', answered(null), ['1', '2', '3']],
    ['all after an empty object', answered({}), ['1', '2', '3']],
    ['all after an empty list', failures(), ['1', '2', '3']],
    ['all after a null list', answered({ batchItemFailures: null }), ['1', '2', '3']],
    ['the others when one is reported', failures('2'), ['1', '3']],
    ['none when all are reported', failures('1', '2', '3'), []],
    ['none after an unknown identifier', failures('2', 'elsewhere'), []],
    ['none after an empty identifier', failures(''), []],
    ['none after a null identifier', failures(null), []],
    ['none after a wrong key', answered({ batchItemFailures: [{ id: '2' }] }), []],
    ['none after an answer of another type', answered('fine'), []],
    ['none after an exception', { ok: false, error: { errorType: 'Error', errorMessage: 'boom' } } as const, []],
  ])('are %s', async (_what, outcome, expected) => {
    const queue = fakeQueue([['1', '2', '3']]);

    await runUntilIdle(queue, async () => outcome);

    expect(queue.deleted).toEqual(expected);
  });

  it('are all of them if the mapping does not report item failures', async () => {
    const queue = fakeQueue([['1', '2']]);

    await runUntilIdle(queue, async () => failures('1'), { reportBatchItemFailures: false });

    expect(queue.deleted).toEqual(['1', '2']);
  });
});

describe('an event source mapping', () => {
  it('passes on records in the form of Lambda', async () => {
    const queue = fakeQueue([['1']]);
    const payloads: unknown[] = [];

    await runUntilIdle(queue, async (payload) => {
      payloads.push(JSON.parse(payload));
      return answered(null);
    });

    expect(payloads).toEqual([
      {
        Records: [
          {
            messageId: '1',
            receiptHandle: 'receipt 1',
            body: 'body 1',
            attributes: { ApproximateReceiveCount: '1' },
            messageAttributes: {},
            md5OfBody: 'md5',
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:queue',
            awsRegion: 'us-east-1',
          },
        ],
      },
    ]);
  });

  it('runs at most its maximum concurrency of invocations, and continues when one ends', async () => {
    const queue = fakeQueue([['1'], ['2'], ['3']]);
    const ends: (() => void)[] = [];
    let most = 0;
    let running = 0;
    const invoke: Invoke = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running -= 1;
      return answered(null);
    };

    const mapping = start(queue, invoke, { concurrencyMax: 2, batchSize: 1 });
    await until(() => ends.length === 2);
    expect(queue.deleted).toEqual([]);
    ends[0]?.();
    await until(() => ends.length === 3);
    for (const each of ends) each();
    await queue.idle;
    await mapping.stop();

    expect(most).toBe(2);
    expect(queue.deleted.sort()).toEqual(['1', '2', '3']);
  });

  it('starts a backlog with five concurrent invocations, and adds more while all are in use', async () => {
    const queue = fakeQueue([['1'], ['2'], ['3'], ['4'], ['5'], ['6'], ['7'], ['8']]);
    const began: number[] = [];
    const ends: (() => void)[] = [];
    const invoke: Invoke = async () => {
      began.push(performance.now());
      await new Promise<void>((resolve) => ends.push(resolve));
      return answered(null);
    };

    const mapping = start(queue, invoke, { concurrencyMax: 7, batchSize: 1 });
    await until(() => ends.length === 7);
    for (const end of ends) end();
    await until(() => ends.length === 8);
    ends[7]?.();
    await mapping.stop();

    const [first = 0, , , , fifth = 0, sixth = 0] = began;
    expect(fifth - first).toBeLessThan(sixth - fifth);
    expect(sixth - fifth).toBeGreaterThan(150);
  });

  it('invokes at once with what a poll found, if the mapping has no window', async () => {
    const queue = fakeQueue([['1'], ['2', '3']]);
    const sizes: number[] = [];
    const mapping = start(queue, async (payload) => {
      sizes.push(JSON.parse(payload).Records.length);
      return answered(null);
    });
    await queue.idle;
    await mapping.stop();
    expect(sizes).toEqual([1, 2]);
  });

  it('waits for running invocations when it stops', async () => {
    const queue = fakeQueue([['1']]);
    let end: (() => void) | undefined;
    const mapping = start(queue, async () => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return answered(null);
    });
    await until(() => end !== undefined);

    const stopped = mapping.stop();
    end?.();
    await stopped;

    expect(queue.deleted).toEqual(['1']);
  });

  it('fills a batch from several polls while its window is open', async () => {
    const queue = fakeQueue([['1', '2'], ['3'], ['4', '5']]);
    const sizes: number[] = [];

    await runUntilIdle(
      queue,
      async (payload) => {
        sizes.push(Object(JSON.parse(payload)).Records.length);
        return answered(null);
      },
      { windowMs: 60_000, batchSize: 5 },
    );

    expect(sizes).toEqual([5]);
  });

  it('ends a batch before an invocation would exceed 6 MB, however many messages are waiting', async () => {
    const waiting = Array.from({ length: 900 }, (_, at) => Array.from({ length: 10 }, (__, one) => `${at}-${one}`));
    const queue = fakeQueue(waiting);
    const batches: { bytes: number; records: number }[] = [];

    await runUntilIdle(
      queue,
      async (payload) => {
        batches.push({ bytes: payload.length, records: Object(JSON.parse(payload)).Records.length });
        return answered(null);
      },
      { windowMs: 60_000, batchSize: 10_000 },
    );

    expect(Math.max(...batches.map(({ bytes }) => bytes))).toBeLessThan(6 * 1024 * 1024);
    expect(batches.reduce((sum, { records }) => sum + records, 0)).toBe(9_000);
    expect(batches.length).toBeGreaterThan(1);
  });
});

type Options = Partial<
  Pick<Parameters<typeof startMapping>[0], 'concurrencyMax' | 'windowMs' | 'batchSize' | 'reportBatchItemFailures'>
>;

function start(queue: SourceQueue, invoke: Invoke, options: Options = {}) {
  return startMapping({
    queueArn: 'arn:queue',
    region: 'us-east-1',
    queue,
    invoke,
    batchSize: 10,
    windowMs: 0,
    concurrencyMax: 10,
    reportBatchItemFailures: true,
    onFailure: () => {},
    ...options,
  });
}

async function runUntilIdle(queue: ReturnType<typeof fakeQueue>, invoke: Invoke, options: Options = {}): Promise<void> {
  const mapping = start(queue, invoke, options);
  await queue.idle;
  await mapping.stop();
}

/** Returns one batch per poll, then signals that it is idle and lets the poll wait until it is aborted. */
function fakeQueue(batches: string[][]) {
  const deleted: string[] = [];
  const { promise: idle, resolve: sayIdle } = Promise.withResolvers<void>();
  const queue: SourceQueue & { deleted: string[]; idle: Promise<void> } = {
    deleted,
    idle,
    async receive({ signal }) {
      const batch = batches.shift();
      if (batch !== undefined) return batch.map(message);
      sayIdle();
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return [];
    },
    async delete(messages) {
      deleted.push(...messages.map(({ messageId }) => messageId));
    },
  };
  return queue;
}

function message(id: string): ReceivedMessage {
  return {
    messageId: id,
    receiptHandle: `receipt ${id}`,
    body: `body ${id}`,
    md5OfBody: 'md5',
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: {},
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
