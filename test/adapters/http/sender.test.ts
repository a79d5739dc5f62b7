import { afterEach, describe, expect, test } from 'vitest';
import { strikeOut } from '../../../core/secrets/strike-out.ts';
import { Bench, post } from './receiver.ts';

const bench = new Bench();
afterEach(() => bench.closeAll());

describe('a request', () => {
  test('is sent as a POST with its exact bytes, its headers and a host', async () => {
    const body = '{"id":12345678901234567890,"name":"Zoë 🚚","z":1,"a":2}';
    const seen: { method?: string; path?: string; headers: string[]; body: string }[] = [];
    const receiver = await bench.http(async (request, response) => {
      const chunks = await request.toArray();
      const { method = '', url: path = '', rawHeaders: headers } = request;
      seen.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      response.end();
    });

    await bench
      .sender()
      .send(post(`${receiver.url}?a=b%20c`, { body, headers: { 'X-Hub-Signature-256': 'sha256=ab' } }));

    expect(seen).toEqual([
      {
        method: 'POST',
        path: '/hook?a=b%20c',
        body,
        headers: [
          ...['host', `127.0.0.1:${receiver.port}`, 'X-Hub-Signature-256', 'sha256=ab', 'user-agent', 'Postrider'],
          ...['accept-encoding', 'identity', 'content-length', '58', 'Connection', 'keep-alive'],
        ],
      },
    ]);
  });

  test('has headers of any name that HTTP allows', async () => {
    const receiver = await bench.http((request, response) => response.end(request.rawHeaders.join()));
    const headers: Record<string, string> = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');

    const result = await bench.sender().send(post(receiver.url, { headers }));

    expect(result.responseExcerpt).toContain('__proto__,a,constructor,b,toString,c');
  });

  test('keeps its user agent, but its framing is always ours', async () => {
    const receiver = await bench.http((request, response) => response.end(JSON.stringify(request.headers)));
    const headers = {
      'User-Agent': 'Acme',
      Host: 'evil.example',
      'Content-Length': '0',
      'Transfer-Encoding': 'chunked',
    };

    const result = await bench.sender().send(post(receiver.url, { headers }));

    expect(JSON.parse(result.responseExcerpt)).toEqual({
      host: `127.0.0.1:${receiver.port}`,
      'user-agent': 'Acme',
      'accept-encoding': 'identity',
      'content-length': '7',
      connection: 'keep-alive',
    });
  });

  test('whose header is not valid HTTP is an error on our side and rejects before anything is sent', async () => {
    const receiver = await bench.http((_, response) => response.end());

    const sending = bench.sender().send(post(receiver.url, { headers: { 'x-a': 'b\r\nx-evil: 1' } }));

    await expect(sending).rejects.toThrow(TypeError);
    expect(receiver.connections()).toBe(0);
  });

  test('reuses the previous connection', async () => {
    const receiver = await bench.http((_, response) => response.end('ok'));
    const sender = bench.sender();

    for (let i = 0; i < 5; i += 1) await sender.send(post(receiver.url));

    expect(receiver.connections()).toBe(1);
  });

  test('closes the oldest idle connection beyond the limit', async () => {
    const first = await bench.http((_, response) => response.end());
    const second = await bench.http((_, response) => response.end());
    const sender = bench.sender({ idleSocketsMax: 1 });

    await sender.send(post(first.url));
    await sender.send(post(second.url));
    await sender.send(post(second.url));
    await sender.send(post(first.url));

    expect([first.connections(), second.connections()]).toEqual([2, 1]);
  });
});

describe('the status decides', () => {
  test.each([
    [200, null],
    [201, null],
    [204, null],
    [299, null],
    [304, 'http_status'],
    [400, 'http_status'],
    [410, 'http_status'],
    [429, 'http_status'],
    [500, 'http_status'],
    [503, 'http_status'],
  ])('%i gives the error code %s', async (status, errorCode) => {
    const receiver = await bench.http((_, response) => response.writeHead(status).end());

    const result = await bench.sender({ clock: () => 42 }).send(post(receiver.url));

    expect(result).toEqual({
      at: 42,
      durationMs: expect.any(Number),
      statusCode: status,
      errorCode,
      retryAfter: null,
      remoteIp: '127.0.0.1',
      responseHeaders: { date: expect.any(String) },
      responseExcerpt: '',
    });
  });

  test('a redirect is a failure and is never followed', async () => {
    const target = await bench.http((_, response) => response.end());
    const receiver = await bench.http((_, response) => response.writeHead(302, { location: target.url }).end());

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 302, errorCode: 'http_status' });
    expect(target.connections()).toBe(0);
  });

  test('Retry-After is returned as sent, cut at 64 characters', async () => {
    const receiver = await bench.http((request, response) => {
      response.writeHead(503, { 'retry-after': request.url === '/hook' ? '120' : 'x'.repeat(100) }).end();
    });
    const sender = bench.sender();

    expect(await sender.send(post(receiver.url))).toMatchObject({ retryAfter: '120' });
    expect(await sender.send(post(`${receiver.url}/long`))).toMatchObject({ retryAfter: 'x'.repeat(64) });
  });

  test('the excerpt is as long as its status allows', async () => {
    const receiver = await bench.http((request, response) => {
      response.writeHead(request.url === '/hook' ? 200 : 500).end('é'.repeat(100));
    });
    const excerptBytesMax = (status: number) => (status === 200 ? 5 : 20);
    const sender = bench.sender();

    const good = await sender.send(post(receiver.url, { excerptBytesMax }));
    const bad = await sender.send(post(`${receiver.url}/bad`, { excerptBytesMax }));

    expect([good.responseExcerpt, bad.responseExcerpt]).toEqual(['éé', 'é'.repeat(10)]);
    expect(receiver.connections()).toBe(1);
  });

  test('what must be hidden is struck out of the excerpt and of Retry-After, also where they are cut', async () => {
    const token = 'Bearer tk/live+7f"3';
    const receiver = await bench.http(({ headers }, response) => {
      const { authorization = '' } = headers;
      const answers = [
        JSON.stringify({ authorization }),
        Buffer.from(`authorization: ${authorization}`).toString('base64'),
        'x'.repeat(1_014) + authorization,
      ];
      response.writeHead(400, { 'retry-after': `${'x'.repeat(54)}${authorization}` });
      response.end(answers[Number(headers['x-answer'])]);
    });
    const sender = bench.sender();

    const results = await Promise.all(
      ['0', '1', '2'].map((answer) => {
        const headers = { authorization: token, 'x-answer': answer };
        return sender.send(post(receiver.url, { headers, hide: (text) => strikeOut(text, [token]) }));
      }),
    );

    expect(results.map(({ responseExcerpt }) => responseExcerpt)).toEqual([
      '{"authorization":"[hidden]"}',
      '[hidden]',
      `${'x'.repeat(1_014)}[hidden]`,
    ]);
    for (const { retryAfter } of results) expect(retryAfter).toBe(`${'x'.repeat(54)}[hidden]`);
  });

  test('informational responses are skipped', async () => {
    const receiver = await bench.http((_, response) => {
      response.writeContinue();
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a.css>; rel=preload; as=style' });
      response.writeHead(200).end('done');
    });

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'done' });
  });

  test.each([17, 40, 100, 255])('headers of %i KB are read', async (kilobytes) => {
    const cookies = Array.from({ length: kilobytes }, (_, i) => `set-cookie: k${i}=${'x'.repeat(1_000)}\r\n`).join('');
    const receiver = await bench.raw(`HTTP/1.1 200 OK\r\n${cookies}content-length: 4\r\n\r\ndone`);

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'done' });
  });

  test('a status counts even if more headers precede the body than Node keeps', async () => {
    const receiver = await bench.raw(
      `HTTP/1.1 200 OK\r\n${'x-deprecated: 1\r\n'.repeat(2_500)}content-length: 4\r\n\r\ndone`,
    );

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'done' });
  });

  test('up to 16 interim answers are skipped', async () => {
    const receiver = await bench.raw(
      `${'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n'.repeat(16)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`,
    );

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null });
  });

  test('interim answers may be large together with long headers', async () => {
    const receiver = await bench.raw(
      `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(30_000)}\r\n\r\nHTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(250_000)}\r\ncontent-length: 0\r\n\r\n`,
    );

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null });
  });

  test('the limits of interim answers are those of one answer, not of its connection', async () => {
    const receiver = await bench.http((_, response) => {
      for (let i = 0; i < 10; i += 1) response.writeProcessing();
      response.end('done');
    });
    const sender = bench.sender();

    for (let i = 0; i < 3; i += 1) expect(await sender.send(post(receiver.url))).toMatchObject({ statusCode: 200 });

    expect(receiver.connections()).toBe(1);
  });

  test('a body that drips is cut after a moment, for a success and for a failure', async () => {
    const receiver = await bench.http((request, response) => {
      response.writeHead(request.url === '/hook' ? 200 : 500);
      response.write('a');
      const timer = setInterval(() => response.write('.'), 1_000);
      response.on('close', () => clearInterval(timer));
    });
    const sender = bench.sender();

    const good = await sender.send(post(receiver.url));
    const bad = await sender.send(post(`${receiver.url}/bad`));

    expect(good).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'a' });
    expect(bad).toMatchObject({ statusCode: 500, errorCode: 'http_status', responseExcerpt: 'a' });
    expect(good.durationMs).toBeLessThan(90);
  });

  test('a body that never ends counts against the time limit too', async () => {
    const receiver = await bench.http((_, response) => response.writeHead(200).write('a'));

    const result = await bench.sender({ bodyGraceMs: 60_000 }).send(post(receiver.url, { timeoutMs: 100 }));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'a' });
  });

  test('a body of 50 MB is cut at the cap and its connection closed', async () => {
    let written = 0;
    const receiver = await bench.http((_, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      const pump = () => {
        while (written < 50_000_000 && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) return;
        }
      };
      response.on('drain', pump).writeHead(200);
      pump();
    });

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'x'.repeat(1_024) });
    expect(written).toBeLessThan(20_000_000);
  });

  test('a truncated body does not change the status', async () => {
    const receiver = await bench.tcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'));
    });

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'half' });
  });

  test('a corrupt body does not change the status', async () => {
    const receiver = await bench.raw('HTTP/1.1 500 Oops\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nZZZ\r\n');

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 500, errorCode: 'http_status' });
  });

  test('an HTTP/1.0 answer without a length ends with its connection', async () => {
    const receiver = await bench.tcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nold'));
    });

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: 'old' });
  });

  test('a body that is compressed anyway is not shown', async () => {
    const receiver = await bench.http((_, response) => {
      response.writeHead(400, { 'content-encoding': 'gzip' }).end(Buffer.from('1f8b0800', 'hex'));
    });

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 400, responseExcerpt: '' });
  });

  test.each(['', 'utf-8', 'iso-8859-1', 'Identity'])(
    'a plain body is shown even if its encoding is "%s"',
    async (encoding) => {
      const receiver = await bench.http((_, response) => {
        response.writeHead(400, { 'content-encoding': encoding }).end('no such order');
      });

      const result = await bench.sender().send(post(receiver.url));

      expect(result).toMatchObject({ statusCode: 400, responseExcerpt: 'no such order' });
    },
  );

  test.each(['iso-8859-1', 'ISO-8859-1; format=flowed', '"windows-1252"'])(
    'a body in %s is read so',
    async (charset) => {
      const receiver = await bench.http((_, response) => {
        response
          .writeHead(400, { 'content-type': `text/plain; charset=${charset}` })
          .end(Buffer.from('caf\xe9 ferm\xe9: \x93non\x94', 'latin1'));
      });

      const result = await bench.sender().send(post(receiver.url));

      expect(result.responseExcerpt).toBe('café fermé: “non”');
    },
  );

  test('an answer before the request was read is accepted, and the connection closed', async () => {
    const body = 'x'.repeat(50_000_000);
    let received = 0;
    let resume = () => {};
    const closed = Promise.withResolvers<void>();
    const receiver = await bench.tcp((socket) => {
      socket.on('close', () => closed.resolve());
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        socket.on('data', (chunk) => {
          received += chunk.length;
        });
      });
      resume = () => socket.resume();
    });

    const result = await bench.sender().send(post(receiver.url, { body }));
    resume();
    await closed.promise;

    expect(result).toMatchObject({ statusCode: 200, errorCode: null });
    expect(received).toBeLessThan(body.length / 2);
  });
});

describe('a receiver without a usable answer', () => {
  test('that never answers times out', async () => {
    const receiver = await bench.http(() => {});

    const result = await bench.sender().send(post(receiver.url, { timeoutMs: 60 }));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'timeout', responseExcerpt: '' });
    expect(result.durationMs).toBeGreaterThanOrEqual(59);
    expect(result.durationMs).toBeLessThan(500);
  });

  test('that drips its headers times out', async () => {
    const receiver = await bench.tcp((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 200 OK\r\nx-a: b\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });

    const result = await bench.sender().send(post(receiver.url, { timeoutMs: 100 }));

    expect(result.errorCode).toMatch(/timeout|invalid_response/);
  });

  test('that sends long headers and then byte by byte is invalid_response', async () => {
    const receiver = await bench.tcp((socket) => {
      const drip = () => {
        if (!socket.destroyed) socket.write('x', () => setImmediate(drip));
      };
      socket
        .setNoDelay(true)
        .once('data', () => socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(60_000)}`, drip));
    });

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'invalid_response' });
  });

  test('without a listener is connection_refused', async () => {
    const receiver = await bench.http(() => {});
    bench.closeAll();

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'connection_refused' });
  });

  test('that accepts the connection and resets it is connection_reset', async () => {
    const receiver = await bench.tcp((socket) => socket.resetAndDestroy());

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'connection_reset' });
  });

  test('that closes without an answer is connection_reset, and is not retried', async () => {
    const receiver = await bench.tcp((socket) => socket.once('data', () => socket.end()));

    const result = await bench.sender().send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'connection_reset' });
    expect(receiver.connections()).toBe(1);
  });

  test.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46'],
    ['two content lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a length beside chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a header without an end', `HTTP/1.1 200 OK\r\nx-bomb: ${'x'.repeat(300_000)}`],
    ['12,000 headers', `HTTP/1.1 200 OK\r\n${'x-bomb: xxxxxxxxxxxxxxxxxxxx\r\n'.repeat(12_000)}\r\n`],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    ['17 interim answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(17)],
    ['64 KB of interim answers', `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(70_000)}\r\n\r\n`.repeat(2)],
    ['HTTP/2', '\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64'],
  ])('that answers with %s is invalid_response', async (_, answer) => {
    const receiver = await bench.raw(answer);

    const result = await bench.sender().send(post(receiver.url, { timeoutMs: 500 }));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'invalid_response' });
  });

  test('delays no other, not even another endpoint of the same host', async () => {
    const receiver = await bench.http((request, response) => {
      if (!request.url?.endsWith('/hang')) response.end();
    });
    const sender = bench.sender();

    const stuck = Array.from({ length: 300 }, () => sender.send(post(`${receiver.url}/hang`, { timeoutMs: 1_500 })));
    const good = await sender.send(post(`${receiver.url}/well`, { timeoutMs: 1_000 }));

    expect(good.statusCode).toBe(200);
    expect((await Promise.all(stuck)).map((result) => result.errorCode)).toEqual(Array(300).fill('timeout'));
  });

  test('does not keep its requests waiting if the sender closes', async () => {
    const receiver = await bench.http(() => sender.close());
    const sender = bench.sender();

    const result = await sender.send(post(receiver.url));

    expect(result.errorCode).toBe('connection_reset');
  });
});

describe('a kept-alive connection that has died', () => {
  test('is replaced once, without a failed attempt', async () => {
    let served = 0;
    const receiver = await bench.http((request, response) => {
      served += 1;
      if (served === 2) request.socket.destroy();
      else response.end(`${served}`);
    });
    const sender = bench.sender();
    await sender.send(post(receiver.url));

    const result = await sender.send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: 200, errorCode: null, responseExcerpt: '3' });
    expect(receiver.connections()).toBe(2);
  });

  test('is replaced once only', async () => {
    let served = 0;
    const receiver = await bench.http((request, response) => {
      served += 1;
      if (served === 1) response.end();
      else request.socket.destroy();
    });
    const sender = bench.sender();
    await sender.send(post(receiver.url));

    const result = await sender.send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'connection_reset' });
    expect(served).toBe(3);
  });

  test('is not replaced by another idle one that died with it', async () => {
    let served = 0;
    const receiver = await bench.http((request, response) => {
      served += 1;
      if (served > 3 && served <= 6) request.socket.destroy();
      else setTimeout(() => response.end(), 20);
    });
    const sender = bench.sender();
    await Promise.all(Array.from({ length: 3 }, () => sender.send(post(receiver.url))));

    const result = await sender.send(post(receiver.url));

    expect(result).toMatchObject({ statusCode: null, errorCode: 'connection_reset' });
    expect([served, receiver.connections()]).toEqual([5, 4]);
  });

  test('that has begun to answer is a failure, since the request was certainly received', async () => {
    let served = 0;
    const receiver = await bench.tcp((socket) => {
      socket.on('data', () => {
        served += 1;
        if (served === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        else socket.end('HTTP/1.1 200 O');
      });
    });
    const sender = bench.sender();
    await sender.send(post(receiver.url));

    const result = await sender.send(post(receiver.url));

    expect(result.errorCode).toMatch(/connection_reset|invalid_response/);
    expect(served).toBe(2);
  });
});

describe('what is kept of an answer besides', () => {
  const answering = (headers: Record<string, string | string[]>, statusCode = 200) =>
    bench.http((_, response) => void response.writeHead(statusCode, headers).end('x'.repeat(2_000)));

  test('is the address that it came from, on a new connection and on one that was kept', async () => {
    const receiver = await answering({});
    const sender = bench.sender();
    const results = [await sender.send(post(receiver.url)), await sender.send(post(receiver.url))];
    expect(results.map(({ remoteIp }) => remoteIp)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  test('is the address also if the receiver closes without an answer, and none if nothing listens', async () => {
    const receiver = await bench.http((request) => void request.socket.destroy());
    const lost = await bench.sender().send(post(receiver.url));
    expect(lost).toMatchObject({ errorCode: 'connection_reset', remoteIp: '127.0.0.1' });
    const refused = await bench.sender().send(post('http://127.0.0.1:1/hook'));
    expect(refused.errorCode).toBe('connection_refused');
    expect(refused).not.toHaveProperty('remoteIp');
  });

  test('are a few known headers, in lower case: no cookie, no credential, no address', async () => {
    const receiver = await answering({
      ...{ 'Content-Type': 'text/plain', 'Set-Cookie': ['session=s3cret'], Authorization: 'Bearer t0ken' },
      ...{ Location: 'https://example.com/?token=t0ken', 'X-Request-Id': 'r-1', Server: 'nginx', 'X-Own': 'mine' },
    });
    const { responseHeaders } = await bench.sender().send(post(receiver.url));
    expect(responseHeaders).toEqual({
      ...{ 'content-type': 'text/plain', server: 'nginx', 'x-request-id': 'r-1' },
      date: expect.stringMatching(/GMT$/),
    });
  });

  test('are six headers at most, each cut, and as printable ASCII', async () => {
    const long = `${'v'.repeat(100)}\u00e9`;
    const ids = ['X-Request-Id', 'Request-Id', 'X-Correlation-Id', 'X-Amzn-RequestId', 'CF-Ray', 'Via'];
    const receiver = await answering({
      ...Object.fromEntries(ids.map((name) => [name, long])),
      ...{ 'Content-Type': 'text/\u00e9', Server: 'y'.repeat(5_000) },
    });
    const { responseHeaders = {} } = await bench.sender().send(post(receiver.url));
    expect(Object.keys(responseHeaders)).toEqual([
      ...['content-type', 'x-request-id', 'request-id', 'x-correlation-id', 'x-amzn-requestid', 'cf-ray'],
    ]);
    expect(responseHeaders).toMatchObject({ 'content-type': 'text/?', 'x-request-id': 'v'.repeat(64) });
  });

  test('show no secret of the endpoint, even where a value is cut', async () => {
    const secret = 's3cret-of-the-endpoint-that-is-longer-than-a-value-may-be-'.repeat(3);
    const receiver = await answering({ 'X-Request-Id': `id ${secret}`, Server: 'nginx', 'CF-Ray': secret });
    const hide = (text: string) => strikeOut(text, [secret]);
    const { responseHeaders } = await bench.sender().send(post(receiver.url, { hide }));
    expect(responseHeaders).toMatchObject({ 'x-request-id': 'id [hidden]', server: 'nginx', 'cf-ray': '[hidden]' });
  });

  test('leaves the less to the excerpt', async () => {
    const seen: number[][] = [];
    const excerptBytesMax = (status: number, besides: number) => {
      seen.push([status, besides]);
      return 10;
    };
    const receiver = await answering({ 'Content-Type': 'text/plain' }, 500);
    const { responseHeaders, remoteIp = '' } = await bench.sender().send(post(receiver.url, { excerptBytesMax }));
    expect(seen).toEqual([[500, JSON.stringify(responseHeaders).length + remoteIp.length]]);
  });
});
