import { createServer } from 'node:http';
import * as z from 'zod';
import { answerParent } from '../process/child.ts';
import { S3Stub } from './s3.ts';
import { AwsStub, type Reply } from './services.ts';
import { tableDefinition } from './table.ts';
import { Tally } from './tally.ts';
import { Waves } from './waves.ts';

/**
 * A stub of all AWS services on one port, in its own process: it answers immediately, always succeeds, and counts calls.
 * It refuses unknown operations with 501 and a message.
 */

const tally = new Tally();
const aws = new AwsStub(tally);
const s3 = new S3Stub(tally);
const waves = new Waves();

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    const target = headers['x-amz-target'];
    const reply = answered(() =>
      typeof target === 'string'
        ? aws.json(target, body.toString('utf8'))
        : s3.handle({ method, path: url.split('?')[0] ?? '', range: headers.range, body }),
    );
    waves.take(() => {
      response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) });
      response.end(reply.body);
    });
  });
});

function answered(answer: () => Reply): Reply {
  try {
    return answer();
  } catch (error) {
    console.error(error);
    return { status: 501, headers: {}, body: JSON.stringify({ __type: 'NotKnownToTheStub' }) };
  }
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  answerParent({
    port: () => (typeof address === 'object' ? address?.port : undefined),
    tables: (input) => aws.dynamodb.useTables(z.array(tableDefinition).parse(input)),
    reset: (input) => {
      waves.on = z.object({ waves: z.boolean() }).parse(input).waves;
      waves.count = 0;
      tally.reset();
    },
    report: () => tally.report(waves.count),
  });
});
