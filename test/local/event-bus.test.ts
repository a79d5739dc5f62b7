import { describe, expect, it } from 'vitest';
import { createEventBus, type Rule } from '../../local/aws/event-bus.ts';
import { EventOutbox } from '../../local/aws/event-outbox.ts';
import type { SendToQueue, TargetMessage } from '../../local/aws/event-target.ts';
import { TurnFile } from '../../local/aws/turn-file.ts';
import { SqsError } from '../../local/sqs-model/errors.ts';

const place = { accountId: '000000000000', region: 'us-east-1' };
const rule: Rule = {
  arn: 'arn:aws:events:us-east-1:000000000000:rule/accepted',
  bus: 'bus',
  pattern: { source: ['postrider'] },
  targets: [
    { queueArn: 'queue', inputPath: '$.detail', groupIdPath: '$.detail.tenant', deadLetterQueueArn: 'dead-letters' },
  ],
};
const accepted = {
  Source: 'postrider',
  DetailType: 'event.accepted',
  Detail: '{"tenant":"acme"}',
  EventBusName: 'bus',
};

describe('PutEvents', () => {
  it('answers before the target has received the event', async () => {
    const target = Promise.withResolvers<void>();
    const { bus, sent, settled } = busWith(() => target.promise);

    expect(await bus.handle('PutEvents', { Entries: [accepted] })).toMatchObject({ FailedEntryCount: 0 });
    expect(sent).toEqual([]);

    target.resolve();
    await settled();
    expect(sent).toHaveLength(1);
  });

  it('has the event on disk when it answers: a killed run delivers it at its next start', async () => {
    const file = new TurnFile(':memory:');
    const killed = busWith(() => new Promise(() => {}), file);
    await killed.bus.handle('PutEvents', { Entries: [accepted] });

    const next = busWith(undefined, file);
    next.outbox.resume();
    await next.settled();
    expect(next.sent).toEqual([['queue', { body: '{"tenant":"acme"}', groupId: 'acme' }]]);

    const third = busWith(undefined, file);
    third.outbox.resume();
    await third.settled();
    expect(third.sent).toEqual([]);
  });

  it('sends what the input path selects, in the group that the JSON path selects', async () => {
    const { bus, sent, settled } = busWith();

    await bus.handle('PutEvents', { Entries: [accepted] });
    await settled();

    expect(sent).toEqual([['queue', { body: '{"tenant":"acme"}', groupId: 'acme' }]]);
  });

  it('accepts an event that no rule matches', async () => {
    const { bus, sent } = busWith();

    const answer = await bus.handle('PutEvents', { Entries: [{ ...accepted, Source: 'elsewhere' }] });

    expect(answer).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(sent).toEqual([]);
  });

  it('answers for each entry, in order, when some are refused', async () => {
    const { bus, sent, settled } = busWith();
    const entries = [{ ...accepted, Detail: 'no JSON' }, accepted, { ...accepted, Source: undefined }];

    const answer = await bus.handle('PutEvents', { Entries: entries });
    await settled();

    expect(answer).toMatchObject({
      FailedEntryCount: 2,
      Entries: [{ ErrorCode: 'MalformedDetail' }, { EventId: expect.any(String) }, { ErrorCode: 'InvalidArgument' }],
    });
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['no entry', []],
    ['more than ten entries', Array(11).fill(accepted)],
    ['more than 1 MiB in all', [{ ...accepted, Detail: `{"x":"${'y'.repeat(1_048_576)}"}` }]],
  ])('refuses %s', async (_what, entries) => {
    const { bus } = busWith();

    await expect(async () => bus.handle('PutEvents', { Entries: entries })).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  it('puts the whole event into the dead-letter queue if the target refuses it', async () => {
    const { bus, sent, settled } = busWith((queueArn) => {
      if (queueArn === 'queue') throw new SqsError('QueueDoesNotExist', 'The queue is gone.');
    });

    const answer = await bus.handle('PutEvents', { Entries: [accepted] });
    await settled();

    expect(answer).toMatchObject({ FailedEntryCount: 0 });
    const [queueArn, message] = sent[0] ?? [];
    expect(queueArn).toBe('dead-letters');
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      'detail-type': 'event.accepted',
      detail: { tenant: 'acme' },
    });
    expect(message?.attributes).toMatchObject({
      ERROR_CODE: { stringValue: 'QueueDoesNotExist' },
      ERROR_MESSAGE: { stringValue: 'The queue is gone.' },
    });
  });

  it('acknowledges, then loses and reports an event that both queues refuse', async () => {
    const { bus, sent, problems, settled } = busWith(() => {
      throw new SqsError('InvalidMessageContents', 'Invalid characters found.');
    });

    expect(await bus.handle('PutEvents', { Entries: [accepted] })).toMatchObject({ FailedEntryCount: 0 });
    await settled();

    expect(sent).toEqual([]);
    expect(problems).toEqual(['An event was lost: queue and dead-letters refuse it (InvalidMessageContents).']);
  });

  it('retries, after a moment, a delivery that failed without being refused', async () => {
    let tries = 0;
    const { bus, sent, waits, problems, settled } = busWith(() => {
      if (tries++ < 2) throw new Error('The disk is full.');
    });

    await bus.handle('PutEvents', { Entries: [accepted] });
    await settled();

    expect(waits).toEqual([0, 1000, 1000]);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('retrying. Error: The disk is full.');
    expect(sent).toEqual([['queue', { body: '{"tenant":"acme"}', groupId: 'acme' }]]);
  });

  it('refuses an unknown operation', () => {
    const { bus } = busWith();

    expect(() => bus.handle('PutRule', {})).toThrow('The local EventBridge does not support PutRule');
  });
});

function busWith(send: SendToQueue = () => {}, file = new TurnFile(':memory:')) {
  const sent: [string, TargetMessage][] = [];
  const problems: string[] = [];
  const waits: number[] = [];
  const outbox = new EventOutbox({
    file,
    send: async (queueArn, message) => {
      await send(queueArn, message);
      sent.push([queueArn, message]);
    },
    wait: async (ms) => waits.push(ms),
    onProblem: (message) => problems.push(message),
  });
  const bus = createEventBus({
    buses: [{ name: 'bus', arn: 'arn:bus' }],
    rules: [rule],
    now: () => 0,
    place,
    take: (handOvers) => outbox.take(handOvers),
  });
  return { bus, outbox, sent, problems, waits, settled: () => outbox.settled() };
}
