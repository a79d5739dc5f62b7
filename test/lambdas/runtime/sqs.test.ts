import { Logger } from '@aws-lambda-powertools/logger';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type BatchWork, sourceOf, sqsHandler } from '../../../lambdas/runtime/sqs.ts';
import { context, record } from '../../support/lambda.ts';

const schema = z.object({ name: z.string() });
const logger = new Logger({ serviceName: 'test', logLevel: 'SILENT' });
let errors: unknown[];
beforeEach(() => {
  errors = [];
  vi.spyOn(logger, 'error').mockImplementation((...entry) => void errors.push(entry[1]));
});

const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
const good = (id: string) => record(id, JSON.stringify({ name: id }));

describe('a function behind a queue', () => {
  it('reports the messages that its work keeps, and nothing else', async () => {
    const handler = sqsHandler(schema, async () => ['b'], logger);
    expect(await handler({ Records: [good('a'), good('b')] }, context)).toEqual(failures('b'));
  });

  it('fails only a corrupt message, says why without its content, and processes its neighbours', async () => {
    const seen: string[] = [];
    const work: BatchWork<{ name: string }> = async (batch) => {
      seen.push(...batch.map(({ message }) => message.name));
      return [];
    };
    const handler = sqsHandler(schema, work, logger);
    const records = [record('x', '{"name":"secret-payload'), good('a'), record('y', '{"name":{"secret":"payload"}}')];
    expect(await handler({ Records: records }, context)).toEqual(failures('x', 'y'));
    expect(seen).toEqual(['a']);
    expect(errors).toEqual([
      { messageId: 'x', fields: ['not JSON'] },
      { messageId: 'y', fields: ['name'] },
    ]);
  });

  it('keeps the whole batch if its work fails as a whole', async () => {
    const handler = sqsHandler(schema, () => Promise.reject(new Error('a bug')), logger);
    expect(await handler({ Records: [good('a'), good('b')] }, context)).toEqual(failures('a', 'b'));
  });
});

describe('the source of a record', () => {
  const queueUrls = { jobs: 'https://sqs.eu-west-1.amazonaws.com/1/prod-Jobs', stats: 'https://sqs/1/prod-Stats' };
  const from = (name: string) => ({ eventSourceARN: `arn:aws:sqs:eu-west-1:1:${name}` });

  it('is the queue whose URL and ARN end in the same name', () => {
    expect(sourceOf(from('prod-Jobs'), queueUrls)).toBe('jobs');
    expect(sourceOf(from('prod-Stats'), queueUrls)).toBe('stats');
  });

  it('is never guessed: a queue that the function does not know is an error', () => {
    expect(() => sourceOf(from('Jobs'), queueUrls)).toThrow('does not know: arn:aws:sqs:eu-west-1:1:Jobs');
  });
});
