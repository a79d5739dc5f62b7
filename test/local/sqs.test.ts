import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SqsServer, startSqsServer } from '../contract/queue/sdk-world.ts';
import { createVirtualClock, type VirtualClock } from '../contract/queue/virtual-clock.ts';

let clock: VirtualClock;
let server: SqsServer;

beforeEach(async () => {
  clock = createVirtualClock();
  server = await startSqsServer({ clock });
});

afterEach(() => server.close());

describe('a long poll', () => {
  // SQSG/sqs-short-and-long-polling.html
  test('is answered as soon as a message is sent', async () => {
    const { engine } = server.sqs;
    const queue = await engine.createQueue('work');
    const waiting = engine.receive(queue, { max: 10, waitMs: 20_000 });
    await engine.send(queue, { body: 'x' });
    expect(await waiting).toMatchObject([{ body: 'x' }]);
  });

  test('is answered as soon as a delay or a visibility timeout is over', async () => {
    const { engine } = server.sqs;
    const queue = await engine.createQueue('work', { VisibilityTimeout: '7' });
    await engine.send(queue, { body: 'x', delaySeconds: 5 });
    const startMs = clock.now();
    const first = engine.receive(queue, { waitMs: 20_000 }).then((messages) => ({ messages, atMs: clock.now() }));
    await clock.advance(6000);
    expect(await first).toMatchObject({ messages: [{ receiveCount: 1 }], atMs: startMs + 5000 });
    const second = engine.receive(queue, { waitMs: 20_000 }).then((messages) => ({ messages, atMs: clock.now() }));
    await clock.advance(7000);
    expect(await second).toMatchObject({ messages: [{ receiveCount: 2 }], atMs: startMs + 12_000 });
  });

  test('ends empty after its time', async () => {
    const { engine } = server.sqs;
    const queue = await engine.createQueue('work');
    let answered = false;
    const waiting = engine.receive(queue, { waitMs: 20_000 }).finally(() => {
      answered = true;
    });
    await clock.advance(19_999);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await waiting).toEqual([]);
  });

  test('returns a new dead letter and a redriven message at once', async () => {
    const { engine } = server.sqs;
    const dead = await engine.createQueue('dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead, maxReceiveCount: 1 });
    const queue = await engine.createQueue('work', { RedrivePolicy });
    await engine.send(queue, { body: 'x' });
    await engine.receive(queue, { visibilityTimeoutSeconds: 0 });
    const deadLetter = engine.receive(dead, { waitMs: 20_000, visibilityTimeoutSeconds: 0 });
    await engine.receive(queue);
    expect(await deadLetter).toMatchObject([{ body: 'x', receiveCount: 2 }]);
    const redriven = engine.receive(queue, { waitMs: 20_000 });
    await engine.startMoveTask({ sourceArn: dead });
    expect(await redriven).toMatchObject([{ body: 'x', receiveCount: 1 }]);
  });

  test('receives nothing once its caller is gone', async () => {
    const { engine } = server.sqs;
    const queue = await engine.createQueue('work');
    const gone = new AbortController();
    const waiting = engine.receive(queue, { waitMs: 20_000, signal: gone.signal });
    gone.abort();
    expect(await waiting).toEqual([]);
    await engine.send(queue, { body: 'x' });
    expect(engine.model.counts(queue)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  test('through the SDK waits as long as the queue is configured, unless the call overrides it', async () => {
    const { client, sqs } = server;
    const queue = await sqs.engine.createQueue('work', { ReceiveMessageWaitTimeSeconds: '20' });
    const QueueUrl = sqs.url(queue);
    expect((await client.receiveMessage({ QueueUrl, WaitTimeSeconds: 0 })).Messages).toBeUndefined();
    const waiting = client.receiveMessage({ QueueUrl });
    await client.sendMessage({ QueueUrl, MessageBody: 'x' });
    expect((await waiting).Messages).toMatchObject([{ Body: 'x' }]);
    const tooLong = client.receiveMessage({ QueueUrl, WaitTimeSeconds: 21 });
    await expect(tooLong).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});

describe('the wire protocol', () => {
  test('returns errors like AWS: type in the body, code of the old protocol in a header', async () => {
    const QueueUrl = 'http://127.0.0.1/000000000000/missing';
    const reply = await server.sqs.handle('AmazonSQS.PurgeQueue', JSON.stringify({ QueueUrl }));
    expect(reply).toMatchObject({
      status: 400,
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender',
      },
    });
    expect(JSON.parse(reply.body)).toEqual({
      __type: 'com.amazonaws.sqs#QueueDoesNotExist',
      message: 'The specified queue does not exist.',
    });
  });

  test.each(['AmazonSQS.AddPermission', 'AmazonSQS.TagQueue', 'Other.Thing', 'AmazonSQS.toString'])(
    'refuses %s by name',
    async (target) => {
      const reply = await server.sqs.handle(target, '{}');
      expect(reply.status).toBe(400);
      expect(JSON.parse(reply.body)).toMatchObject({ __type: 'com.amazonaws.sqs#UnsupportedOperation' });
      expect(reply.body).toContain(target.replace('AmazonSQS.', ''));
    },
  );

  test('refuses a parameter that it would have to ignore, and a body that is not JSON', async () => {
    const { client, sqs } = server;
    const QueueUrl = sqs.url(await sqs.engine.createQueue('work'));
    const refused = client.sendMessage({ QueueUrl, MessageBody: 'x', MessageDeduplicationId: 'once' });
    await expect(refused).rejects.toThrow('MessageDeduplicationId');
    expect((await sqs.handle('AmazonSQS.SendMessage', 'Action=SendMessage')).status).toBe(400);
  });

  // Digests returned by AWS itself, as recorded in LocalStack's snapshots of 2024-04-30.
  test.each([
    [{ MyAttribute: { DataType: 'String', StringValue: 'foobar' } }, 'adb59cd4678ea5a855436b949cd07ab6'],
    [
      {
        attr1: {
          DataType: 'Binary',
          BinaryValue: Buffer.from('traceparent\u001e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01'),
        },
      },
      '8cbe4db156db8a94db8b801b7addb984',
    ],
  ])('digests message attributes as AWS does', async (MessageAttributes, digest) => {
    const { client, sqs } = server;
    const QueueUrl = sqs.url(await sqs.engine.createQueue('work'));
    const sent = await client.sendMessage({ QueueUrl, MessageBody: 'test', MessageAttributes });
    expect(sent.MD5OfMessageAttributes).toBe(digest);
    const { Messages = [] } = await client.receiveMessage({ QueueUrl, MessageAttributeNames: ['All'] });
    expect(Messages[0]?.MD5OfMessageAttributes).toBe(digest);
  });

  // API_ReceiveMessage
  test('returns only the requested attributes', async () => {
    const { client, sqs } = server;
    const QueueUrl = sqs.url(await sqs.engine.createQueue('work'));
    const MessageAttributes = {
      'app.a': { DataType: 'String', StringValue: '1' },
      other: { DataType: 'String', StringValue: '2' },
    };
    await client.sendMessage({ QueueUrl, MessageBody: 'x', MessageGroupId: 'g', MessageAttributes });
    const receive = async (asked: object) =>
      (await client.receiveMessage({ QueueUrl, VisibilityTimeout: 0, ...asked })).Messages?.[0];
    expect(Object.keys((await receive({})) ?? {}).sort()).toEqual(['Body', 'MD5OfBody', 'MessageId', 'ReceiptHandle']);
    expect(
      await receive({ MessageSystemAttributeNames: ['MessageGroupId'], MessageAttributeNames: ['app.*'] }),
    ).toMatchObject({ Attributes: { MessageGroupId: 'g' }, MessageAttributes: { 'app.a': { StringValue: '1' } } });
    expect((await receive({ AttributeNames: ['All'] }))?.Attributes).toMatchObject({ SenderId: '000000000000' });
  });

  // API_ListQueues, API_GetQueueUrl
  test('lists queues by prefix and page, and finds one by name', async () => {
    const { client, sqs } = server;
    for (const name of ['b-1', 'a-2', 'a-1', 'a-3']) await sqs.engine.createQueue(name);
    const first = await client.listQueues({ QueueNamePrefix: 'a-', MaxResults: 2 });
    const second = await client.listQueues({ QueueNamePrefix: 'a-', MaxResults: 2, NextToken: first.NextToken });
    const { QueueUrl } = await client.getQueueUrl({ QueueName: 'a-3' });
    expect(first.QueueUrls?.map((url) => url.split('/').at(-1))).toEqual(['a-1', 'a-2']);
    expect(second).toMatchObject({ QueueUrls: [QueueUrl] });
    expect(second.NextToken).toBeUndefined();
    await expect(client.getQueueUrl({ QueueName: 'nope' })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    expect((await client.listQueueTags({ QueueUrl })).Tags).toBeUndefined();
  });

  // API_GetQueueAttributes
  test('returns the requested queue attributes, and refuses unknown names', async () => {
    const { client, sqs } = server;
    const QueueUrl = sqs.url(await sqs.engine.createQueue('work', { VisibilityTimeout: '60' }));
    const some = await client.getQueueAttributes({ QueueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] });
    expect(some.Attributes).toEqual({ VisibilityTimeout: '60' });
    const unknown = sqs.handle('AmazonSQS.GetQueueAttributes', JSON.stringify({ QueueUrl, AttributeNames: ['Size'] }));
    expect(JSON.parse((await unknown).body)).toMatchObject({ __type: 'com.amazonaws.sqs#InvalidAttributeName' });
  });
});
