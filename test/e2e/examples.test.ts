import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython, pythonTool } from '../support/python.ts';
import { createApi } from './support/api.ts';
import { startProgram } from './support/program.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();
const root = resolve(import.meta.dirname, '../..');
const python = findPython();
const SECRET = `whsec_${Buffer.alloc(32, 'example').toString('base64')}`;
const ANOTHER_SECRET = `whsec_${Buffer.alloc(32, 'another').toString('base64')}`;

/** How to run the examples of a language. */
interface Language {
  readonly folder: string;
  readonly suffix: string;
  interpreter: string;
}

const inTypeScript: Language = {
  folder: 'examples/typescript',
  suffix: 'ts',
  interpreter: process.execPath,
};
const inPython: Language = {
  folder: 'examples/python',
  suffix: 'py',
  interpreter: python ?? '',
};

beforeAll(async () => {
  if (python === undefined) return;
  const requirement = readFileSync(join(root, 'examples/python/requirements.txt'), 'utf8').trim();
  const { signal } = new AbortController();
  inPython.interpreter = join(await pythonTool({ python, requirement, root, signal }), 'python');
});

async function startReceiver({ folder, suffix, interpreter }: Language) {
  const env = { ...product().env, WEBHOOK_SECRET: SECRET, PORT: '0' };
  const receiver = startProgram(`${folder}/receiver.${suffix}`, [], env, { interpreter });
  const [, url = ''] = await receiver.untilSaid(/listening on (\S+)/);
  return { receiver, url };
}

/** Posts a webhook signed now. */
async function post(url: string, body: string, signed: { body: string; secret: string }): Promise<number> {
  const at = new Date();
  const signature = new Webhook(signed.secret).sign('evt_1', at, signed.body);
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signature,
  };
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

function tryExamples(language: Language): void {
  it('deliver an event from the producer to the receiver, which verifies it', async () => {
    const { receiver, url } = await startReceiver(language);
    await using _ = receiver;
    const api = createApi(product().target);
    const tenant = `examples-${language.suffix}`;
    const endpoint = await api.createEndpoint({ tenant, url, secret: SECRET, event_types: ['order.*'] });
    const { key } = await api.createKey({ name: 'example', role: 'admin', tenant });
    const { interpreter, folder, suffix } = language;
    const env = { ...process.env, POSTRIDER_API_URL: product().target.apiUrl, POSTRIDER_API_KEY: key };

    await using producer = startProgram(`${folder}/producer.${suffix}`, [], env, { interpreter });

    expect(await producer.end(), producer.output()).toBe(0);
    const [, eventId] = /accepted: (evt_\w+)/.exec(producer.output()) ?? [];
    expect(producer.output()).toContain(`delivered: to ${endpoint.id}`);
    await receiver.untilSaid(new RegExp(`verified: ${eventId} \\{.*"amount": ?129\\.5`));
  });

  it('refuse a webhook with a changed body or another secret', async () => {
    const { receiver, url } = await startReceiver(language);
    await using _ = receiver;
    const body = '{"amount":1}';

    expect(await post(url, body, { body, secret: SECRET })).toBe(204);
    expect(await post(url, '{"amount":9}', { body, secret: SECRET })).toBe(401);
    expect(await post(url, body, { body, secret: ANOTHER_SECRET })).toBe(401);
    expect((await fetch(url, { method: 'POST', body })).status).toBe(401);

    await receiver.untilSaid(/(refused: .*\n){3}/);
    expect(receiver.output().match(/verified/g)).toHaveLength(1);
  });
}

describe('the examples in TypeScript', { timeout: 60_000 }, () => tryExamples(inTypeScript));

describe.skipIf(python === undefined)('the examples in Python (3.10 or newer)', { timeout: 60_000 }, () =>
  tryExamples(inPython),
);
