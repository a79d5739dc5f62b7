import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { type LocalServer, listen, readBody } from '../http-server.ts';

const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Whether the signature was checked, and the result. */
export type Verdict = 'verified' | 'refused' | 'unchecked';

/** A webhook as received. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly attempt: string;
  readonly verdict: Verdict;
  readonly answered: number | 'hang';
  readonly receivedAt: string;
  readonly body: string;
}

export interface ReceiverOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly plan: AnswerPlan;
  /** The secret of the endpoint that received the webhook; without one it is not verified. */
  readonly secretOf: (endpointId: string) => Promise<string | undefined>;
  readonly onReceived: (webhook: Received) => void;
}

/** An endpoint on loopback that keeps what it receives. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** Starts a receiver. Every POST is treated as a webhook; `GET /received` lists them. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const received: Received[] = [];
  const answerTo = planAnswers(options.plan);

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await readBody(request, BODY_BYTES_MAX)).toString('utf8');
    const { headers } = request;
    const id = text(headers['webhook-id']) ?? '';
    const answered = answerTo(id);
    const webhook: Received = {
      id,
      type: text(headers['x-postrider-event-type']) ?? '',
      attempt: text(headers['x-postrider-attempt']) ?? '',
      verdict: verify(await options.secretOf(endpointIdOf(headers)), headers, body),
      answered,
      receivedAt: new Date().toISOString(),
      body,
    };
    received.push(webhook);
    options.onReceived(webhook);
    if (answered === 'hang') return;
    response.writeHead(answered, answered === 429 ? { 'retry-after': '5' } : {}).end();
  };
  const server: LocalServer = await listen({
    port: options.port,
    portVariable: 'RECEIVER_PORT',
    onError: (error) => console.error(error),
    listener: async (request, response) => {
      if (request.method === 'POST') return take(request, response);
      const list = request.method === 'GET' && request.url === '/received';
      response.writeHead(list ? 200 : 404, { 'content-type': 'application/json' });
      response.end(list ? JSON.stringify(received) : '');
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    received,
    close: () => server.close(0),
  };
}

/** A delivery id ends in its endpoint's id. */
function endpointIdOf(headers: IncomingHttpHeaders): string {
  return `ep_${text(headers['x-postrider-delivery-id'])?.split('_').at(-1) ?? ''}`;
}

function verify(secret: string | undefined, headers: IncomingHttpHeaders, body: string): Verdict {
  if (secret === undefined) return 'unchecked';
  const signed = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
    name,
    text(headers[name]) ?? '',
  ]);
  // A secret that is not whsec_ and base64 is used as the raw key.
  const readings = [() => new Webhook(secret), () => new Webhook(Buffer.from(secret), { format: 'raw' })];
  const isVerified = readings.some((webhook) => {
    try {
      webhook().verify(body, Object.fromEntries(signed), { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  });
  return isVerified ? 'verified' : 'refused';
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The receiver's answer: a status, or none at all. */
export type Answer = number | 'hang';

export interface AnswerPlan {
  /** Answer to every attempt that does not fail on purpose. */
  readonly answer: Answer;
  /** How many first attempts of each webhook id get a 500. */
  readonly failFirst: number;
}

/** Decides each answer by how often the webhook was received. */
export function planAnswers({ answer, failFirst }: AnswerPlan): (webhookId: string) => Answer {
  const seen = new Map<string, number>();
  return (webhookId) => {
    const attempts = (seen.get(webhookId) ?? 0) + 1;
    seen.set(webhookId, attempts);
    return attempts <= failFirst ? 500 : answer;
  };
}
