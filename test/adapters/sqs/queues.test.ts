import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTallyQueue } from '../../../adapters/sqs/queues.ts';
import { tallyMessage } from '../../../core/stats/message.ts';

const aws = mockClient(SQSClient);
const queueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/stats';
const queue = createTallyQueue({ client: new SQSClient({ region: 'us-east-1' }), queueUrl });
beforeEach(() => aws.reset());

const tally = { endpointId: 'ep_1', hour: 0, delivered: 1, failed: 2, latency: { '7': 3 } };

describe('the stats queue', () => {
  it('gets all tallies in one message, which its reader can parse', async () => {
    aws.on(SendMessageCommand).resolves({});
    await queue.send([tally, { ...tally, endpointId: 'ep_2' }]);
    const calls = aws.commandCalls(SendMessageCommand).map(({ args }) => args[0].input);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.QueueUrl).toBe(queueUrl);
    const { tallies } = tallyMessage.parse(JSON.parse(calls[0]?.MessageBody ?? ''));
    expect(tallies).toEqual([tally, { ...tally, endpointId: 'ep_2' }]);
  });

  it('gets very many tallies in several messages, each within the limit of SQS', async () => {
    aws.on(SendMessageCommand).resolves({});
    const tallies = Array.from({ length: 20_000 }, (_, at) => ({ ...tally, endpointId: `ep_${at}` }));
    await queue.send(tallies);
    const bodies = aws.commandCalls(SendMessageCommand).map(({ args }) => args[0].input.MessageBody ?? '');
    expect(bodies.flatMap((body) => tallyMessage.parse(JSON.parse(body)).tallies)).toEqual(tallies);
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThan(1024 * 1024);
  });
});
