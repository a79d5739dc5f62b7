import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type LocalServer, listen, readBody } from '../../local/http-server.ts';

let server: LocalServer | undefined;
afterEach(() => server?.close(0));

it.each([
  ['nothing', ''],
  ['half of its headers', 'POST /v1/events HTTP/1.1\r\nhost: a\r\n'],
  ['half of its body', 'POST /v1/events HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345'],
])('a request of which %s arrives is closed after a while', async (_, part) => {
  const errors: unknown[] = [];
  server = await listen({
    port: 0,
    portVariable: 'NONE',
    arrivalMs: { headers: 100, request: 200 },
    listener: (request) => readBody(request, 100).then(() => {}),
    onError: (error) => errors.push(error),
  });

  const socket = connect(server.port, '127.0.0.1').resume();
  socket.write(part);
  await once(socket, 'close');
});

it('a request whose answer takes long is not closed', async () => {
  const answer = Promise.withResolvers<void>();
  server = await listen({
    port: 0,
    portVariable: 'NONE',
    arrivalMs: { headers: 50, request: 50 },
    listener: async (request, response) => {
      await readBody(request, 100);
      await answer.promise;
      response.end('late');
    },
    onError: () => {},
  });
  setTimeout(answer.resolve, 300);

  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: 'whole' });

  expect(await response.text()).toBe('late');
});
