import { expect, test } from 'vitest';
import { type QueueWorld, receiveAll, receiveOne } from './world.ts';

export function sendingRules(given: () => QueueWorld): void {
  // API_SendMessage
  test('a message arrives with its body, group, attributes and the time it was sent', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    const attributes = {
      text: { dataType: 'String', stringValue: 'ünïcode' },
      bytes: { dataType: 'Binary', binaryValue: 'AAH/' },
      amount: { dataType: 'Number.int', stringValue: '12' },
    };
    const sentAtMs = world.now();
    const { messageId } = await world.send(queue, { body: '{"n":"ü🚀"}', groupId: 'endpoint-1', attributes });
    await world.advance(1500);
    const received = await receiveOne(world, queue);
    expect(received).toMatchObject({ messageId, body: '{"n":"ü🚀"}', groupId: 'endpoint-1', attributes, sentAtMs });
    expect(received).toMatchObject({ receiveCount: 1, firstReceivedAtMs: sentAtMs + 1500 });
  });

  // API_SendMessage, DelaySeconds
  test('a delayed message is counted as delayed and visible only when its delay is over', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'later', delaySeconds: 900 });
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await world.advance(899_999);
    expect(await world.receive(queue)).toEqual([]);
    await world.advance(1);
    expect(await receiveOne(world, queue)).toMatchObject({ body: 'later', sentAtMs: world.now() - 900_000 });
  });

  // API_SendMessage, DelaySeconds: the message's own delay overrides the queue's
  test("a message without a delay takes the queue's, one with a delay of 0 is visible at once", async () => {
    const world = given();
    const queue = await world.createQueue('work', { DelaySeconds: '30' });
    await world.send(queue, { body: 'waits' });
    await world.send(queue, { body: 'now', delaySeconds: 0 });
    expect(await receiveAll(world, queue)).toMatchObject([{ body: 'now' }]);
  });

  // API_SendMessage, SQSG/quotas-messages.html
  test.each([
    ['a delay above 900 seconds', { body: 'x', delaySeconds: 901 }, 'InvalidParameterValue'],
    ['a delay below 0', { body: 'x', delaySeconds: -1 }, 'InvalidParameterValue'],
    ['an empty body', { body: '' }, 'MissingParameter'],
    ['a control character', { body: 'a\u0001b' }, 'InvalidMessageContents'],
    ['U+FFFE', { body: '{"a":"\ufffe"}' }, 'InvalidMessageContents'],
    ['U+FFFF', { body: '{"a":"\uffff"}' }, 'InvalidMessageContents'],
    ['half a surrogate pair', { body: '{"a":"\ud83d"}' }, 'InvalidMessageContents'],
    ['a group id over 128 characters', { body: 'x', groupId: 'g'.repeat(129) }, 'InvalidParameterValue'],
    ['a group id with a space', { body: 'x', groupId: 'a b' }, 'InvalidParameterValue'],
    ['a message over 1 MiB', { body: 'x'.repeat(1_048_577) }, 'InvalidParameterValue'],
  ])('a message with %s is refused', async (_, input, code) => {
    const world = given();
    const queue = await world.createQueue('work');
    await expect(world.send(queue, input)).rejects.toMatchObject({ name: code });
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  // API_SendMessage: "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
  test('unusual but allowed characters arrive as sent', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    const body = '\t\n\r\u007f\u0085\ud7ff\ue000\ufdd0\ufeff\ufffd\u{10000}\u{1fffe}\u{1ffff}\u{10ffff}';
    await world.send(queue, { body });
    expect(await receiveOne(world, queue)).toMatchObject({ body });
  });

  // SQSG/quotas-messages.html
  test('a message of exactly 1 MiB and a group id of 128 characters are accepted', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    await world.send(queue, { body: 'x'.repeat(1_048_576), groupId: 'g'.repeat(128) });
    expect((await receiveOne(world, queue)).body).toHaveLength(1_048_576);
  });

  // API_SendMessageBatch
  test('a refused entry in a batch does not affect others', async () => {
    const world = given();
    const queue = await world.createQueue('work');
    const result = await world.sendBatch(queue, [
      { id: 'good', body: 'good' },
      { id: 'bad', body: 'bad', delaySeconds: 901 },
      { id: 'late', body: 'late', delaySeconds: 10, groupId: 'g' },
    ]);
    expect(result.successful.map(({ id }) => id)).toEqual(['good', 'late']);
    expect(result.failed).toMatchObject([{ id: 'bad', code: 'InvalidParameterValue' }]);
    expect(await world.counts(queue)).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
  });

  // API_SendMessageBatch, Errors
  test.each([
    ['no entry', [], 'EmptyBatchRequest'],
    ['11 entries', Array.from({ length: 11 }, (_, n) => ({ id: `e${n}`, body: 'x' })), 'TooManyEntriesInBatchRequest'],
    ['an id twice', ['a', 'a'].map((id) => ({ id, body: 'x' })), 'BatchEntryIdsNotDistinct'],
    ['an id with a full stop', [{ id: 'a.b', body: 'x' }], 'InvalidBatchEntryId'],
    ['an id over 80 characters', [{ id: 'a'.repeat(81), body: 'x' }], 'InvalidBatchEntryId'],
    ['more than 1 MiB in all', ['a', 'b'].map((id) => ({ id, body: 'x'.repeat(600_000) })), 'BatchRequestTooLong'],
  ])('a batch with %s is refused as a whole', async (_, entries, code) => {
    const world = given();
    const queue = await world.createQueue('work');
    await expect(world.sendBatch(queue, entries)).rejects.toMatchObject({ name: code });
    expect(await world.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });
}
