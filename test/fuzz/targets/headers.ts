import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import * as z from 'zod';
import { createEgressPolicy } from '../../../adapters/http/egress-policy.ts';
import { createSender } from '../../../adapters/http/sender.ts';
import { webhookRequest } from '../../../core/deliveries/webhook.ts';
import { endpointInput } from '../../../core/endpoints/settings.ts';
import { aMessage, anEndpoint, START } from '../../support/delivery-world.ts';
import { jsonOf, type Target } from './target.ts';

const POLICY = createEgressPolicy({ allowedCidrs: ['127.0.0.0/8'], allowHttp: true });

interface Arrived {
  url: string;
  rawHeaders: string[];
  body: string;
}

/** A receiver on loopback, and a sender to it; Node's HTTP parser shows what arrived. */
async function startReceiver() {
  let arrived: Arrived | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    arrived = { url: request.url ?? '', rawHeaders: request.rawHeaders, body: Buffer.concat(chunks).toString('utf8') };
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    sender: createSender({ policy: POLICY, clock: Date.now }),
    take: () => {
      const last = arrived;
      arrived = undefined;
      return last;
    },
  };
}

let receiver: ReturnType<typeof startReceiver> | undefined;

const inputShape = z.looseObject({
  path: z.string().default(''),
  body: z.string().default('{}'),
  headers: z.unknown().optional(),
});

/** The input is an endpoint's headers and signature profile, with the path of its URL and a body. */
async function check(input: string): Promise<string | undefined> {
  const read = inputShape.safeParse(jsonOf(input));
  if (!read.success) return undefined;
  receiver ??= startReceiver();
  const { origin, sender, take } = await receiver;
  const { path, body, ...settings } = read.data;
  const url = `${origin}/${path}`;
  const checked = endpointInput.safeParse({ url, event_types: ['*'], ...settings });
  if (!checked.success) return checked.error.issues[0]?.message.replace(/".*/s, '');
  if (!POLICY.checkUrl(url).ok) return 'refused URL';
  const { headers, signature_profile: signatureProfile } = checked.data;
  assert.equal(
    JSON.stringify(Object.entries(headers).sort()),
    JSON.stringify(Object.entries(settings.headers ?? {}).sort()),
    'A header is silently dropped.',
  );
  const request = webhookRequest({
    ...{ message: aMessage(), attempt: 1, body, secrets: ['a-secret'], nowMs: START, spanId: '0'.repeat(16) },
    endpoint: anEndpoint({ url, signatureProfile }),
    headers,
    userAgent: 'Postrider/fuzz',
  });
  const result = await sender.send({ ...request, timeoutMs: 5_000 });
  const arrived = take();
  assert.ok(result.statusCode === 200 && arrived !== undefined, `It does not arrive: ${result.errorCode}.`);
  const { pathname, search } = new URL(url);
  assert.equal(arrived.url, pathname + search, 'The path is another.');
  assert.equal(arrived.body, Buffer.from(body).toString('utf8'), 'The body is another.');
  checkHeaders(arrived.rawHeaders, request.headers, headers);
  return `${signatureProfile.split(':')[0]} ${Object.keys(headers).length}`;
}

function checkHeaders(raw: string[], sent: Readonly<Record<string, string>>, own: Record<string, string>): void {
  const lines = Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''] as const);
  const names = lines.map(([name]) => name.toLowerCase());
  assert.equal(new Set(names).size, names.length, 'A header arrives twice.');
  for (const [name, value] of Object.entries(sent)) {
    assert.ok(
      lines.some(([one, other]) => one === name && other === value),
      'A header does not arrive as written.',
    );
  }
  for (const name of Object.keys(own)) assert.equal(sent[name], own[name], 'A header of the endpoint is overwritten.');
}

export const target: Target = {
  holds: 'Allowed endpoint headers are sent, and arrive once and as written; so do path and body.',
  covers: ['core/endpoints/settings.ts', 'core/deliveries/webhook.ts', 'core/signing/', 'adapters/http/'],
  seeds: [
    '{"headers":{"X-Api-Key":"a b","authorization":"Basic YTpi"},"path":"hooks?a=%20","body":"{\\"é\\":1}"}',
    '{"headers":{"!#$%&\'*+.^_`|~-":"~"},"signature_profile":"stripe:X-Sig"}',
    ...[
      '{"headers":{"Host":"x"}}',
      '{"headers":{"a":"1","A":"2"}}',
      '{"headers":{"a":"1\\r\\nb: 2"}}',
      '{"headers":{"a":" b"}}',
    ],
    '{"signature_profile":"github","headers":{"X-Hub-Signature-256":"b"}}',
    ...['simple', 'github', 'stripe'].map((profile) => `{"signature_profile":"${profile}","headers":{"a":"b"}}`),
  ],
  dictionary: [
    ...[
      'Host',
      'content-length',
      'Transfer-Encoding',
      'connection',
      'cookie',
      'set-cookie',
      'date',
      'expect',
      'upgrade',
      'te',
      'via',
    ],
    ...[
      'x-hub-signature-256',
      'X-Webhook-Signature',
      'Stripe-Signature',
      'stripe:',
      'stripe:X-Sig',
      'stripe:te',
      'stripe:user-agent',
    ],
    ...[
      'webhook-id',
      'traceparent',
      'user-agent',
      'accept-encoding',
      '__proto__',
      'constructor',
      'x-sig',
      '\r\n',
      '\t',
      '\0',
      '\x7f',
      'é',
    ],
    ...['headers', 'signature_profile', 'path', 'body', '//', '?', '%', '..', '\ud800'],
  ],
  timeMs: 5_000,
  check,
};
