import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, logContext } from '../../../lambdas/runtime/logger.ts';
import { context } from '../../support/lambda.ts';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  // Powertools then writes to the global console.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  // As Lambda sets it, for what a cold start is.
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
  for (const method of ['info', 'debug', 'log'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function invoke(event: unknown): Promise<void> {
  const logger = createLogger('deliver');
  const handler = middy<unknown, void, Error, Context>()
    .use(logContext(logger))
    .handler(async () => logger.info('delivery attempted', { deliveryId: 'dlv_1' }));
  await handler(event, context);
}

describe('a log line', () => {
  it('names the invocation, and nothing that is the same on every line of its log group', async () => {
    await invoke({});
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'INFO',
        message: 'delivery attempted',
        timestamp: expect.any(String),
        service: 'postrider-deliver',
        function_request_id: context.awsRequestId,
        cold_start: true,
        deliveryId: 'dlv_1',
      },
    ]);
  });

  it('never holds the event, even if the environment asks for it', async () => {
    vi.stubEnv('POWERTOOLS_LOGGER_LOG_EVENT', 'true');
    await invoke({ body: 'a payload', headers: { authorization: 'Bearer pr_secret' } });
    expect(lines.length).toBe(1);
    expect(lines.join()).not.toMatch(/payload|pr_secret/);
  });
});
