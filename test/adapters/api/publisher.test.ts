import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPublisher } from '../../../adapters/api/publisher.ts';

const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'a session' };
const requests: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
let answer = { status: 202, body: '{"id":"evt_1","duplicate":false}' };

const server = createServer(async (request, response) => {
  requests.push({ url: request.url, headers: request.headers, body: await text(request) });
  response.writeHead(answer.status).end(answer.body);
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const publisher = (url = `${origin}/v1/iam/events`) =>
  createPublisher({ url, region: async () => 'eu-central-1', credentials: async () => credentials });

it("signs as another signer does, with the function's own credentials", async () => {
  expect(await publisher()('{"type":"a"}')).toEqual({ status: 202, eventId: 'evt_1' });

  const { headers, body, url } = requests.at(-1) ?? expect.fail();
  const again = await new AwsV4Signer({
    ...{ ...credentials, method: 'POST', url: `${origin}${url}`, body: '{"type":"a"}' },
    ...{ service: 'execute-api', region: 'eu-central-1', datetime: String(headers['x-amz-date']) },
    headers: { 'content-type': 'application/json', 'x-amz-content-sha256': String(headers['x-amz-content-sha256']) },
    allHeaders: true,
  }).sign();
  expect(headers.authorization).toBe(again.headers.get('authorization'));
  expect([body, headers['x-amz-security-token']]).toEqual(['{"type":"a"}', 'a session']);
});

it('tells the status of a refusal', async () => {
  answer = { status: 403, body: '{"message":"Forbidden"}' };

  expect(await publisher()('{}')).toEqual({ status: 403, eventId: undefined });
});

it('says what the connection says if there is no answer', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  await once(closed.close(), 'close');

  await expect(publisher(`http://127.0.0.1:${port}/`)('{}')).rejects.toThrow('The API did not answer: ECONNREFUSED.');
});
