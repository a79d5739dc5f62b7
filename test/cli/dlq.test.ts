import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type CliOptions, runCli } from '../support/cli.ts';

const sqs = mockClient(SQSClient);
const folder = mkdtempSync(join(tmpdir(), 'postrider-dlq-'));
const LOCAL = 'http://127.0.0.1:4400';
const OUTPUTS = [
  'DeadLetterQueueUrl',
  'FanoutDeadLetterQueueUrl',
  'RuleDeadLetterQueueUrl',
  'JobsDeadLetterQueueUrl',
  'StatsDeadLetterQueueUrl',
  'ContinuationsDeadLetterQueueUrl',
];
writeFileSync(
  join(folder, 'outputs.json'),
  JSON.stringify({
    ApiUrl: LOCAL,
    AwsEndpointUrl: 'http://127.0.0.1:4566',
    ...Object.fromEntries(OUTPUTS.map((name) => [name, `http://127.0.0.1:4566/1/${name}`])),
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const peek = (options: CliOptions = {}) =>
  runCli(['dlq', 'peek', 'deliveries', '--limit', '15'], { env: { POSTRIDER_DATA: folder }, ...options });
const message = (n: number) => ({
  MessageId: `m${n}`,
  ReceiptHandle: `handle of m${n}`,
  Body: JSON.stringify({ eventId: `evt_${n}`, endpointId: 'ep_1' }),
  Attributes: { SentTimestamp: String(1_000 - n), ApproximateReceiveCount: '6' },
});
const messages = (from: number, to: number) => ({
  Messages: Array.from({ length: to - from }, (_, at) => message(from + at)),
});
const returned = () =>
  sqs
    .commandCalls(ChangeMessageVisibilityBatchCommand)
    .flatMap(({ args: [{ input }] }) => input.Entries ?? [])
    .map(({ ReceiptHandle, VisibilityTimeout }) => [ReceiptHandle, VisibilityTimeout]);

beforeEach(() => {
  sqs.reset();
  sqs.on(ReceiveMessageCommand).resolvesOnce(messages(0, 10)).resolvesOnce(messages(10, 20)).resolves({});
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
});

describe('postrider dlq peek', () => {
  it('shows as many as wanted, the oldest first, and returns all that it received', async () => {
    const { code, lines, stderr } = await peek();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines.map((line) => line.split('\t')[0])).toEqual(Array.from({ length: 15 }, (_, n) => `m${19 - n}`));
    expect(returned()).toEqual(Array.from({ length: 20 }, (_, n) => [`handle of m${n}`, 0]));
    expect(sqs.commandCalls(ReceiveMessageCommand)).toHaveLength(2);
  });

  it('ends where SQS finds no others', async () => {
    sqs.reset();
    sqs.on(ReceiveMessageCommand).resolves(messages(0, 3));
    sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
    expect((await peek()).lines).toHaveLength(3);
    expect(sqs.commandCalls(ReceiveMessageCommand)).toHaveLength(2);
  });

  it('says so if messages stay hidden', async () => {
    sqs.on(ChangeMessageVisibilityBatchCommand).rejects(new Error('Service down'));
    const { code, lines, stderr } = await peek();
    expect({ code, shown: lines.length }).toEqual({ code: 0, shown: 15 });
    expect(stderr).toMatch(/^The messages stay hidden for up to half a minute: .*Service down\n$/);
  });

  it('returns them on Ctrl-C too, and when a later receive fails', async () => {
    expect(await peek({ signal: AbortSignal.abort() })).toMatchObject({ code: 130, stdout: '' });
    expect(returned()).toHaveLength(10);

    sqs.resetHistory();
    sqs.on(ReceiveMessageCommand).resolvesOnce(messages(0, 10)).rejects(new Error('Service down'));
    expect(await peek()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Service down') });
    expect(returned()).toHaveLength(10);
  });
});

describe('postrider dlq list', () => {
  const list = (...args: string[]) => runCli(['dlq', 'list', ...args], { env: { POSTRIDER_DATA: folder } });

  it('shows how far a redrive of SQS is, which nobody need have waited for', async () => {
    sqs.on(GetQueueAttributesCommand).callsFake(async ({ QueueUrl }) => ({
      Attributes: { QueueArn: QueueUrl, ApproximateNumberOfMessages: '20' },
    }));
    const progress = { ApproximateNumberOfMessagesMoved: 5, ApproximateNumberOfMessagesToMove: 25 };
    sqs
      .on(ListMessageMoveTasksCommand)
      .resolves({ Results: [{ Status: 'COMPLETED', ...progress }] })
      .on(ListMessageMoveTasksCommand, { SourceArn: 'http://127.0.0.1:4566/1/DeadLetterQueueUrl' })
      .resolves({ Results: [{ Status: 'RUNNING', ...progress }] });

    const { code, lines, stderr } = await list();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines).toContain('deliveries\t20\t0\tdeliveries that died\t5 of about 25 moved');
    expect(lines).toContain('fanout\t20\t0\taccepted events that could not be fanned out\t');
    const [, , deliveries, jobs] = (await list('--json')).lines.map((line) => JSON.parse(line));
    expect([deliveries.redrive, jobs.redrive]).toEqual([{ moved: 5, of: 25 }, null]);
  });
});

describe('postrider dlq', () => {
  it.each(['list', 'peek deliveries', 'redrive deliveries --yes', 'stop deliveries'])(
    'does not take this machine for the product of another API: %s',
    async (line) => {
      const env = { POSTRIDER_DATA: folder, POSTRIDER_API_URL: 'https://api.example.com' };
      const { code, stdout, stderr } = await runCli(['dlq', ...line.split(' ')], { env });
      expect({ code, stdout, calls: sqs.calls().length }).toEqual({ code: 2, stdout: '', calls: 0 });
      expect(stderr).toContain('https://api.example.com: pass --stage');
    },
  );

  it.each([
    ['AccessDenied', 'User: x is not authorized to perform: sqs:GetQueueAttributes', 4],
    ['CredentialsProviderError', 'Could not load credentials from any providers', 4],
    ['ExpiredToken', 'The security token is expired', 4],
    ['Error', 'connect ECONNREFUSED 127.0.0.1:4566', 1],
  ])('says why AWS refuses: %s, "%s", exit code %i', async (name, message, expected) => {
    sqs.on(GetQueueAttributesCommand).rejects(Object.assign(new Error(message), { name }));
    const { code, stdout, stderr } = await runCli(['dlq', 'stop', 'deliveries'], { env: { POSTRIDER_DATA: folder } });
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toMatch(/^postrider: .*(AWS credentials|127\.0\.0\.1:4566).*\n$/);
  });

  it('knows this machine by both of its names', async () => {
    sqs.on(GetQueueAttributesCommand).resolves({});
    expect(await peek({ env: { POSTRIDER_DATA: folder, POSTRIDER_API_URL: 'http://localhost:4400/' } })).toMatchObject({
      code: 0,
    });
  });
});
