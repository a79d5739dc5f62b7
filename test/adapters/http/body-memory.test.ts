import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { Bench, post } from './receiver.ts';

const tls = (name: string) => readFileSync(new URL(`../../support/tls/${name}.pem`, import.meta.url), 'utf8');
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const MB = 1024 * 1024;
/** Read from bytes, as a body is: a text that `repeat` makes may share its parts. */
const aText = (bytes: number, seed: number) => Buffer.alloc(bytes, String(seed)).toString();
const heapMb = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed / MB;
};

const bench = new Bench();
afterEach(() => bench.closeAll());

test('the body of an answered request is not kept in memory by its connection', async () => {
  const options = { cert: tls('cert'), key: tls('key') };
  const server = createServer(options, (request, response) => request.resume().once('end', () => response.end()));
  const receiver = await bench.listen(server, 'https');
  const sender = bench.sender({ ca: options.cert });
  const before = heapMb();

  await Promise.all(Array.from({ length: 8 }, (_, i) => sender.send(post(receiver.url, { body: aText(4 * MB, i) }))));

  expect(receiver.connections()).toBe(8);
  expect(heapMb() - before).toBeLessThan(8);
});
