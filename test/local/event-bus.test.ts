import { describe, expect, it } from 'vitest';
import { createEventBus, type Rule, type SendToQueue, type TargetMessage } from '../../local/aws/event-bus.ts';

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
  it('has the event in the target queue before it answers', async () => {
    let durable = false;
    const { bus } = busWith(async () => {
      await Promise.resolve();
      durable = true;
    });

    await bus.handle('PutEvents', { Entries: [accepted] });

    expect(durable).toBe(true);
  });

  it('sends what the input path selects, in the group that the JSON path selects', async () => {
    const { bus, sent } = busWith();

    await bus.handle('PutEvents', { Entries: [accepted] });

    expect(sent).toEqual([['queue', { body: '{"tenant":"acme"}', groupId: 'acme' }]]);
  });

  it('accepts an event that no rule wants', async () => {
    const { bus, sent } = busWith();

    const answer = await bus.handle('PutEvents', { Entries: [{ ...accepted, Source: 'elsewhere' }] });

    expect(answer).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(sent).toEqual([]);
  });

  it('answers for each entry, in order, when some are refused', async () => {
    const { bus, sent } = busWith();
    const entries = [{ ...accepted, Detail: 'no JSON' }, accepted, { ...accepted, Source: undefined }];

    const answer = await bus.handle('PutEvents', { Entries: entries });

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

  it('puts the whole event into the dead-letter queue when the target refuses it', async () => {
    const { bus, sent } = busWith((queueArn) => {
      if (queueArn === 'queue') throw new Error('The queue is gone.');
    });

    const answer = await bus.handle('PutEvents', { Entries: [accepted] });

    expect(answer).toMatchObject({ FailedEntryCount: 0 });
    const [queueArn, message] = sent[0] ?? [];
    expect(queueArn).toBe('dead-letters');
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      'detail-type': 'event.accepted',
      detail: { tenant: 'acme' },
    });
    expect(message?.attributes).toMatchObject({ ERROR_MESSAGE: { stringValue: 'The queue is gone.' } });
  });

  it('refuses an operation that it does not know', () => {
    const { bus } = busWith();

    expect(() => bus.handle('PutRule', {})).toThrow('The local EventBridge does not know PutRule');
  });
});

function busWith(send: SendToQueue = () => {}) {
  const sent: [string, TargetMessage][] = [];
  const bus = createEventBus({
    buses: [{ name: 'bus', arn: 'arn:bus' }],
    rules: [rule],
    now: () => 0,
    place,
    send: async (queueArn, message) => {
      await send(queueArn, message);
      sent.push([queueArn, message]);
    },
  });
  return { bus, sent };
}
