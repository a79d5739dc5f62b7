import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** A webhook as received. */
export interface Received {
  /** `webhook-id`. */
  readonly id: string;
  /** How often this hook has received this id, including this time: counted here, not read from a header. */
  readonly copy: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly atMs: number;
  /** The secrets of the hook with which `standardwebhooks` verifies it. */
  readonly verifiedBy: readonly string[];
}

/** A hook's answer: a status with headers, or none at all. */
export type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang';

/** Decides each answer. */
export type Plan = (received: Received) => Answer;

export const always =
  (answer: Answer): Plan =>
  () =>
    answer;

/** Fails the first copies of each webhook. */
export const failFirst =
  (failures: number): Plan =>
  ({ copy }) => ({ status: copy <= failures ? 500 : 204 });

/** One path of the receiver: the URL of one endpoint. */
export interface Hook {
  readonly url: string;
  readonly received: readonly Received[];
  /** Verifies webhooks with these secrets from now on. */
  useSecrets(...secrets: string[]): void;
  answer(plan: Plan): void;
}

/** A server of this process with as many hooks as wanted. */
export interface Receivers extends AsyncDisposable {
  hook(plan?: Plan): Hook;
}

/** Starts a receiver on loopback; it ends with the scope that declares it by `await using`. */
export async function startReceivers(host: string): Promise<Receivers> {
  const hooks = new Map<string, HookState>();
  const server = createServer(async (request, response) => {
    const hook = hooks.get(request.url?.split('?')[0] ?? '');
    if (hook === undefined || request.method !== 'POST') return void response.writeHead(404).end();
    await take(hook, request, response).catch((fault: unknown) =>
      response.destroy(fault instanceof Error ? fault : undefined),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    hook(plan = always({ status: 204 })) {
      const path = `/hook-${hooks.size + 1}`;
      const state: HookState = { received: [], copies: new Map(), secrets: [], plan };
      hooks.set(path, state);
      return {
        url: `http://${host}:${port}${path}`,
        received: state.received,
        useSecrets: (...secrets) => {
          state.secrets = secrets;
        },
        answer: (next) => {
          state.plan = next;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface HookState {
  readonly received: Received[];
  readonly copies: Map<string, number>;
  secrets: readonly string[];
  plan: Plan;
}

async function take(hook: HookState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const id = headers['webhook-id'] ?? '';
  const copy = (hook.copies.get(id) ?? 0) + 1;
  hook.copies.set(id, copy);
  const verifiedBy = hook.secrets.filter((secret) => verifies(secret, headers, body));
  const received = { id, copy, headers, body, atMs: Date.now(), verifiedBy };
  hook.received.push(received);
  const answer = hook.plan(received);
  if (answer !== 'hang') response.writeHead(answer.status, answer.headers).end();
}

function verifies(secret: string, headers: Record<string, string>, body: Buffer): boolean {
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
