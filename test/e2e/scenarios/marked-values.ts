import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { type Api, createApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { findMarks, type Haystack, keptIn } from '../support/find-marks.ts';
import type { Product } from '../support/product.ts';

/** Each is part of a value that may be found nowhere. The password is within base64, as `Basic` has it. */
const MARKS = {
  bearer: 'mark3dBearer',
  apiKey: 'mark3dApiKey',
  password: 'mark3dPassw0rd',
  former: 'mark3dFormer',
  signing: 'mark3dSigning',
  callersKey: 'mark3dCallersKey',
};
const PAYLOAD = 'mark3dPayl0ad';
const IN_URL = 'mark3dInTheUrl';

const TENANT = 'marked';
const HEADERS = {
  Authorization: `Bearer ${MARKS.bearer}/+"\\&<=`,
  'X-Api-Key': MARKS.apiKey,
  'X-Basic': `Basic ${Buffer.from(`anna:${MARKS.password}:1`).toString('base64')}`,
};

/** How a receiver writes the headers of its request into its answer. */
const ECHOES: Readonly<Record<string, (headers: string) => string>> = {
  plain: (headers) => headers,
  json: (headers) => JSON.stringify({ error: JSON.stringify({ headers }) }),
  php: (headers) => JSON.stringify({ headers }).replaceAll('/', '\\/'),
  base64: (headers) => JSON.stringify({ echo: Buffer.from(headers).toString('base64') }),
  base64url: (headers) => Buffer.from(`?${headers}`).toString('base64url'),
  hex: (headers) => Buffer.from(headers).toString('hex'),
  url: (headers) => `/?headers=${encodeURIComponent(headers)}`,
  password: (headers) => Buffer.from(/Basic (\S+)/.exec(headers)?.[1] ?? '', 'base64').toString('utf8'),
  ...Object.fromEntries([1, 9, 17, 25].map((at) => [`cut${at}`, (headers) => 'x'.repeat(1_024 - at) + headers])),
};

/** Echoes to each path `/<status>/<echo>`, but the headers of the signature and the connection; `/hang` never answers. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const [, status = '', echo = ''] = (request.url ?? '').split(/[/?]/);
  if (status === 'hang') return;
  const own = Object.entries(request.headers).filter(
    ([name]) => name in lowerHeaders || name === 'x-hub-signature-256',
  );
  const headers = own.map(([name, value]) => `${name}: ${value}`).join('\r\n');
  const code = Number(status);
  const body = ECHOES[echo]?.(headers) ?? '';
  response.writeHead(code, {
    'retry-after': String(request.headers['x-api-key']),
    location: `/?${encodeURIComponent(headers)}`,
  });
  response.end(body);
}
const lowerHeaders = Object.fromEntries(Object.keys(HEADERS).map((name) => [name.toLowerCase(), true]));

async function startEcho() {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
  return {
    origin: `127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Succeeds and fails in every way with marked values, and finds none of them in anything that is logged, shown or kept. */
export async function noMarkedValueIsFound(product: Product): Promise<void> {
  await using echo = await startEcho();
  const { target, dataDir } = product;
  const api = createApi(target);
  const answers: Haystack[] = [];
  const ask: Ask = async (method, path, options) => {
    const reply = await api.request(method, path, options);
    // What creates a secret shows it, as the value of this member.
    const text = reply.text.replace(/"secret":"[^"]*"/, '');
    answers.push({ what: `${method} ${path} (${reply.status})`, text });
    return reply;
  };
  const since = new Date().toISOString();
  const key = (await api.createKey({ name: 'marked', role: 'admin', tenant: TENANT })).key;

  const urls = [
    ...Object.keys(ECHOES).map((name) => `http://${echo.origin}/400/${name}`),
    ...['200/plain', '200/base64', '500/json', '301/plain', '410/plain', 'hang'].map(
      (path) => `http://${echo.origin}/${path}`,
    ),
    ...['http://127.0.0.1:1/', `https://${echo.origin}/`],
  ].map((url) => `${url}?token=${IN_URL}`);
  const ids: string[] = [];
  for (const [at, url] of urls.entries()) ids.push(await anEndpoint(ask, url, at));
  await expectRefusals(ask);

  const events = ['a', 'b'].map(() => JSON.stringify({ tenant: TENANT, type: 'marked', data: { text: PAYLOAD } }));
  for (const body of events) expect((await ask('POST', '/v1/events', { body, key })).status).toBe(202);
  await untilSettled(api, ids.length * events.length);

  for (const id of ids.slice(0, 3)) {
    await ask('PATCH', `/v1/endpoints/${id}`, { body: { headers: { authorization: `Bearer ${MARKS.bearer}2` } }, key });
    await ask('POST', `/v1/endpoints/${id}/secret/rotate`, { body: { secret: `${MARKS.signing}-the-next` }, key });
    await ask('POST', `/v1/endpoints/${id}/test`, { key });
  }
  await ask('POST', `/v1/endpoints/${ids[0]}/recover`, { body: { since }, key });
  await ask('POST', `/v1/endpoints/${ids[1]}/replay-missing`, { body: { since }, key });
  for (const { id } of (await api.deliveries({ tenant: TENANT, status: 'delivered' })).slice(0, 3)) {
    await ask('POST', `/v1/deliveries/${id}/replay`, { key });
  }
  await ask('POST', '/v1/redrives', { body: { tenant: TENANT }, key });
  await api.request('GET', `/v1/endpoints/${ids[0]}/headers`);
  await api.request('GET', `/v1/endpoints/${ids[0]}/secret`);
  await ask('DELETE', `/v1/endpoints/${ids[4]}`, { key });
  await eventually(async () => {
    const { data } = JSON.parse((await api.request('GET', `/v1/jobs?tenant=${TENANT}`)).text);
    expect(data.map(({ status }: { status: string }) => status)).toEqual(['completed', 'completed', 'completed']);
  });
  await untilSettled(api, ids.length * events.length);

  const session = await aSession(api, ask, key);

  await readAll(api, ask, ids);
  const log = { what: 'the log', text: product.logTail(5_000) };
  expect(log.text).toContain('delivery attempted');

  const secrets = [...Object.values(MARKS), key, ...session];
  expect(findMarks([...answers, log, ...keptIn(dataDir)], secrets)).toEqual([]);
  expect(findMarks([...answers, log], [PAYLOAD])).toEqual([]);
  const lists = answers.filter(({ what }) => /GET \/v1\/(endpoints|audit|deliveries|events|jobs)\?/.test(what));
  expect(findMarks([...lists, log], [IN_URL])).toEqual([]);
  // Otherwise nothing was echoed.
  const excerpts = answers.filter(({ text }) => text.includes('[hidden]'));
  expect(excerpts.length).toBeGreaterThanOrEqual(Object.keys(ECHOES).length);
}

type Ask = (method: string, path: string, options?: Parameters<Api['request']>[2]) => ReturnType<Api['request']>;

/** A session that is begun, used, listed, and ended by a second use of its code. @returns the secret parts of its code and token. */
async function aSession(api: Api, ask: Ask, key: string): Promise<string[]> {
  const made = await api.request('POST', '/v1/portal-sessions', { body: { tenant: TENANT, subject: 'jo' }, key });
  const code: string = JSON.parse(made.text).url.split('#code=')[1];
  const begun = await api.request('POST', '/v1/portal-sessions/redeem', { body: { code }, key: null });
  expect([made.status, begun.status]).toEqual([201, 200]);
  const { token } = JSON.parse(begun.text);
  expect((await ask('GET', '/v1/me', { key: token })).status).toBe(200);
  expect((await ask('GET', '/v1/endpoints', { key: token })).status).toBe(200);
  expect((await ask('POST', '/v1/events', { body: { type: 'a', data: 1 }, key: token })).status).toBe(403);
  expect((await ask('GET', `/v1/portal-sessions?tenant=${TENANT}&limit=1`, { key })).text).toContain('"subject":"jo"');
  expect((await ask('POST', '/v1/portal-sessions/redeem', { body: { code }, key: null })).status).toBe(410);
  return [code, token].map((secret) => secret.slice(-43));
}

/** Every second one has a text as its secret. Its answer shows the secret, which no other answer may. */
async function anEndpoint(ask: Ask, url: string, at: number): Promise<string> {
  const settings = { tenant: TENANT, url, event_types: ['marked'], headers: HEADERS, timeout_seconds: 1 };
  // After a time-out the next attempt would come a minute later.
  const max_attempts = url.includes('/hang') ? 1 : 2;
  const retry_policy = { max_attempts, initial_delay_seconds: 1, jitter: 0, max_delay_seconds: 1 };
  const signing = at % 2 === 0 ? {} : { signature_profile: 'github', secret: `${MARKS.signing}-of-an-endpoint` };
  const made = await ask('POST', '/v1/endpoints', { body: { ...settings, retry_policy, ...signing } });
  expect(made.status, made.text).toBe(201);
  return JSON.parse(made.text).id;
}

/** What is refused with marked values in it, by an answer that does not repeat them. */
async function expectRefusals(ask: Ask): Promise<void> {
  const endpoint = { tenant: TENANT, url: 'https://example.com/', event_types: ['a'] };
  const event = { tenant: TENANT, type: 'marked.checked', data: { text: PAYLOAD } };
  const schema = { type: 'object', properties: { text: { type: 'integer' } } };
  await ask('PUT', '/v1/event-types/marked.checked', { body: { versions: [{ version: '1', schema }] } });
  const refused: [string, string, Parameters<Api['request']>[2]][] = [
    ['POST', '/v1/endpoints', { body: { ...endpoint, headers: { 'x-a': `${MARKS.former}\u0001` } } }],
    ['POST', '/v1/endpoints', { body: { ...endpoint, headers: { 'x-a': { a: MARKS.former } } } }],
    ['POST', '/v1/endpoints', { body: { ...endpoint, secret: `a ${MARKS.signing}` } }],
    ['POST', '/v1/endpoints', { body: `{"headers":{"x-a":"${MARKS.former}"` }],
    ['POST', '/v1/endpoints', { body: { ...endpoint, url: `https://anna:${MARKS.password}@example.com/` } }],
    ['GET', '/v1/endpoints', { key: `pr_${MARKS.callersKey}` }],
    ['POST', '/v1/events', { body: event }],
    ['POST', '/v1/events', { body: `{"data":"${PAYLOAD}` }],
    ['POST', '/v1/events', { body: { ...event, data: undefined, datum: PAYLOAD } }],
  ];
  for (const [method, path, options] of refused) {
    const { status } = await ask(method, path, options);
    expect([method, path, options, status >= 400 && status < 500]).toEqual([method, path, options, true]);
  }
}

/** Waits until no delivery gets a further attempt by itself. */
function untilSettled(api: Api, count: number): Promise<void> {
  return eventually(
    async () => {
      const deliveries = await api.deliveries({ tenant: TENANT });
      const settled = deliveries.filter(({ status }) => ['delivered', 'dead', 'discarded'].includes(status));
      expect(settled.length).toBeGreaterThanOrEqual(count);
      expect(settled).toHaveLength(deliveries.length);
    },
    { withinMs: 60_000, everyMs: 500 },
  );
}

async function readAll(api: Api, ask: Ask, ids: readonly string[]): Promise<void> {
  for (const list of ['endpoints', 'deliveries', 'events', 'jobs', 'keys', 'portal-sessions', 'audit']) {
    for (let next: string | null = ''; next !== null; ) {
      const { text } = await ask('GET', `/v1/${list}?tenant=${TENANT}&limit=100${next}`);
      const { next: cursor } = JSON.parse(text);
      next = cursor === null ? null : `&cursor=${cursor}`;
    }
  }
  for (const { id } of await api.deliveries({ tenant: TENANT })) await ask('GET', `/v1/deliveries/${id}`);
  for (const id of await api.eventIds(TENANT)) await ask('GET', `/v1/events/${id}`);
  for (const id of ids) {
    await ask('GET', `/v1/endpoints/${id}`);
    await ask('GET', `/v1/endpoints/${id}/stats`);
  }
  await ask('GET', '/v1/unreadable');
}
