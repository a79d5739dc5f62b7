import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDeliveryQueue } from '../../../adapters/sqs/delivery-queue.ts';
import { aMessage } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const aws = mockClient(SQSClient);
let waits: number[];
const queue = createDeliveryQueue({
  client: new SQSClient({ region: 'us-east-1' }),
  queueUrls: {
    fast: 'https://sqs.us-east-1.amazonaws.com/000000000000/delivery',
    bulk: 'https://sqs.us-east-1.amazonaws.com/000000000000/bulk-delivery',
  },
  wait: async (ms) => void waits.push(ms),
  random: seededRandom(1),
});
beforeEach(() => {
  aws.reset();
  waits = [];
});

const outgoing = (endpointId: string, delaySeconds = 0, inline = '{}') => ({
  message: aMessage({ endpointId, payload: { key: 'k', offset: 0, length: 2, inline } }),
  delaySeconds,
});
const batches = () => aws.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? []);

describe('the delivery queue', () => {
  it('batches concurrent sends by ten, each in the group of its endpoint', async () => {
    aws.on(SendMessageBatchCommand).resolves({});
    await Promise.all(Array.from({ length: 12 }, (_, at) => queue.send([outgoing(`ep_${at}`, at * 10)])));
    expect(batches().map((entries) => entries.length)).toEqual([10, 2]);
    expect(batches()[0]?.[3]).toMatchObject({ MessageGroupId: 'ep_3', DelaySeconds: 30 });
  });

  it('has at most 16 requests under way, however much is sent', async () => {
    let [underWay, most] = [0, 0];
    aws.on(SendMessageBatchCommand).callsFake(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((answered) => setImmediate(answered));
      underWay -= 1;
      return {};
    });
    await queue.send(Array.from({ length: 1_000 }, (_, at) => outgoing(`ep_${at}`)));
    expect([batches().length, most]).toEqual([100, 16]);
  });

  it('keeps a batch below 1 MiB', async () => {
    aws.on(SendMessageBatchCommand).resolves({});
    await queue.send(Array.from({ length: 30 }, (_, at) => outgoing(`ep_${at}`, 0, 'x'.repeat(180_000))));
    for (const entries of batches()) {
      expect(entries.reduce((sum, { MessageBody = '' }) => sum + MessageBody.length, 0)).toBeLessThan(1024 * 1024);
    }
  });

  it('sends only the entries again that SQS did not accept', async () => {
    aws
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }], Successful: [] })
      .resolves({});
    await queue.send([outgoing('ep_0'), outgoing('ep_1'), outgoing('ep_2')]);
    expect(batches().map((entries) => entries.map(({ MessageGroupId }) => MessageGroupId))).toEqual([
      ['ep_0', 'ep_1', 'ep_2'],
      ['ep_1'],
    ]);
    expect(waits).toHaveLength(1);
  });

  it('fails if SQS never accepts an entry, or refuses it permanently', async () => {
    aws.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] });
    await expect(queue.send([outgoing('ep_0')])).rejects.toMatchObject({ kind: 'unavailable' });
    aws
      .on(SendMessageBatchCommand)
      .resolves({ Failed: [{ Id: '0', Code: 'InvalidMessageContents', SenderFault: true }] });
    await expect(queue.send([outgoing('ep_0')])).rejects.toThrow('InvalidMessageContents');
  });

  it('fails only the messages whose batch failed', async () => {
    aws.on(SendMessageBatchCommand).resolvesOnce({}).rejectsOnce(new Error('AWS is away'));
    const sent = Promise.allSettled(Array.from({ length: 11 }, (_, at) => queue.send([outgoing(`ep_${at}`)])));
    expect((await sent).map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
  });
});
