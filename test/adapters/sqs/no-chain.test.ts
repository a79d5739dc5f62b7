import { createServer } from 'node:http';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, it, vi } from 'vitest';
import { createSqs } from '../../../adapters/sqs/client.ts';

afterEach(() => vi.unstubAllEnvs());

it('a message does not carry the trace by which Lambda counts the rounds of a chain', async () => {
  let seen: string[] = [];
  const server = createServer((request, response) => {
    seen = Object.keys(request.headers);
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"MessageId":"m"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'deliver');
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=25:a1b2c3d4:1');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_ENDPOINT_URL', url);

  const client = createSqs();
  await client
    .send(new SendMessageCommand({ QueueUrl: `${url}/1/queue`, MessageBody: '{}' }))
    .finally(() => server.close());
  client.destroy();

  expect(seen).toContain('x-amz-target');
  expect(seen).not.toContain('x-amzn-trace-id');
});
