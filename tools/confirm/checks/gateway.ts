import { connect } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { AwsV4Signer } from 'aws4fetch';
import * as z from 'zod';
import { check, confirmed, refuted, unclear } from '../check.ts';
import type { World } from '../world.ts';

/** A role's credentials. IAM takes some seconds to know a new role. */
export async function assume(world: World, RoleArn: string) {
  const RoleSessionName = 'confirm';
  const assumed = await world.until(60_000, async () => {
    const asked = world.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
    return asked.catch((fault: unknown) => {
      if (fault instanceof Error && /AccessDenied/.test(fault.name)) return undefined;
      throw fault;
    });
  });
  const { AccessKeyId, SecretAccessKey, SessionToken } = assumed?.Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw new Error(`These credentials may not assume ${RoleArn}: allow sts:AssumeRole.`);
  }
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Posted {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Without a Content-Length. */
  readonly chunked?: boolean;
}

/** Posts exactly these bytes: `fetch` would change headers. */
function post(url: string, { headers = {}, body = Buffer.from('{}'), chunked = false }: Posted): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) };
    const sent = request(
      url,
      { method: 'POST', headers: { ...headers, ...length }, timeout: 20_000 },
      async (answer) => {
        resolve({ status: answer.statusCode ?? 0, body: await text(answer) });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('The API did not answer.')));
    sent.on('error', reject).end(body);
  });
}

async function postHttp2(url: string, body: Buffer, contentType: string): Promise<Answer> {
  const { origin, pathname } = new URL(url);
  const session = connect(origin);
  try {
    const failed = new Promise<never>((_, reject) => session.once('error', reject));
    const sent = session.request({
      ':method': 'POST',
      ':path': pathname,
      'content-type': contentType,
      'content-length': String(body.length),
    });
    const status = new Promise<number>((resolve) => sent.once('response', (head) => resolve(Number(head[':status']))));
    sent.end(body);
    const answered = Promise.all([status, text(sent)]);
    const [code, said] = await Promise.race([answered, failed]);
    return { status: code, body: said };
  } finally {
    session.close();
  }
}

async function signed(url: string, region: string, who: Awaited<ReturnType<typeof assume>>, at = Date.now()) {
  const datetime = new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const headers = { 'content-type': 'application/json' };
  const signer = new AwsV4Signer({
    method: 'POST',
    url,
    body: '{}',
    headers,
    datetime,
    region,
    service: 'execute-api',
    ...who,
  });
  return Object.fromEntries((await signer.sign()).headers);
}

const echoed = z.object({
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
  contentLength: z.string().optional(),
  userArn: z.string().optional(),
});

export interface Gateway {
  /** By what was wrong with the request. */
  readonly refusals: Readonly<Record<string, Answer>>;
  readonly accepted: Answer;
}

async function askWithSignatures(world: World): Promise<Gateway> {
  const url = `${await world.own('ApiUrl')}/iam`;
  const caller = await assume(world, await world.own('CallerRoleArn'));
  const other = await assume(world, await world.own('AdminKeyRoleArn'));
  const sign = (who: typeof caller, at?: number) => signed(url, world.region, who, at);
  const wrong = { ...caller, secretAccessKey: 'another' };
  const requests = {
    unsigned: { 'content-type': 'application/json' },
    'signed wrongly': await sign(wrong),
    expired: await sign(caller, Date.now() - 20 * 60_000),
    'without permission': await sign(other),
    'with an API key': { 'content-type': 'application/json', authorization: 'Bearer pr_confirm' },
  };
  let accepted: Answer = { status: 0, body: '' };
  await world.until(60_000, async () => {
    accepted = await post(url, { headers: await sign(caller) });
    return accepted.status === 200 || undefined;
  });
  const refusals: Record<string, Answer> = {};
  for (const [name, headers] of Object.entries(requests)) refusals[name] = await post(url, { headers });
  return { refusals, accepted };
}

export const forbidden = check<Gateway>({
  id: 'forbidden-answer',
  needs: 'stack',
  onlyOnAws: 'the emulator passes on a request with an API key',
  run: askWithSignatures,
  judge({ refusals, accepted }) {
    if (accepted.status !== 200) return unclear(`a signed request was answered ${accepted.status}`);
    const others = Object.entries(refusals).filter(
      ([, { status, body }]) => status !== 403 || body.trim() !== '{"message":"Forbidden"}',
    );
    if (others.length === 0) return confirmed(`403 Forbidden: ${Object.keys(refusals).join(', ')}`);
    return refuted(others.map(([name, { status, body }]) => `${name}: ${status} ${body}`).join('; '));
  },
});

export const callerArn = check<Gateway>({
  id: 'caller-arn',
  needs: 'stack',
  run: askWithSignatures,
  judge({ accepted }) {
    if (accepted.status !== 200) return unclear(`a signed request was answered ${accepted.status}`);
    const { userArn } = echoed.parse(JSON.parse(accepted.body));
    const isSession = /^arn:[\w-]+:sts::\d{12}:assumed-role\/[\w+=,.@-]+\/confirm$/.test(userArn ?? '');
    return isSession ? confirmed(`${userArn}`) : refuted(`userArn is ${userArn}`);
  },
});

export interface Echoes {
  /** What the function got of the byte FF, by transport. Its length was 1. */
  readonly answers: Readonly<Record<string, z.output<typeof echoed>>>;
}

const INVALID = Buffer.from([0xff]);
const CHUNKED = 'HTTP/1.1 in chunks';

export const textBodies = check<Echoes>({
  id: 'text-bodies',
  needs: 'stack',
  onlyOnAws: 'the emulator has no gateway of its own for HTTP/2 and chunks',
  async run(world) {
    const url = `${await world.own('ApiUrl')}/open`;
    const contentType = 'application/json';
    const headers = { 'content-type': contentType };
    // A new API may take some seconds to find its function.
    await world.until(60_000, async () => (await post(url, { headers })).status === 200 || undefined);
    const answers = {
      'HTTP/1.1': await post(url, { headers, body: INVALID }),
      [CHUNKED]: await post(url, { headers, body: INVALID, chunked: true }),
      'HTTP/2': await postHttp2(url, INVALID, contentType),
    };
    return {
      answers: Object.fromEntries(
        Object.entries(answers).map(([name, { body }]) => [name, echoed.parse(JSON.parse(body))]),
      ),
    };
  },
  judge({ answers }) {
    const shown = (value: unknown) => JSON.stringify(value)?.replaceAll('\ufffd', 'U+FFFD');
    const seen = Object.entries(answers)
      .map(([name, { body, contentLength }]) => `${name}: ${shown(body)}, length ${contentLength ?? 'missing'}`)
      .join('; ');
    const all = Object.entries(answers);
    if (all.length === 0) return unclear('no answers');
    const decoded = all.every(([, { body, isBase64Encoded }]) => !isBase64Encoded && body === '\ufffd');
    // A request in chunks has no length that could be passed on.
    const lengths = all.every(([name, { contentLength }]) => contentLength === '1' || name === CHUNKED);
    return decoded && lengths ? confirmed(seen) : refuted(seen);
  },
});
