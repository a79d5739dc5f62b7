import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CliOptions, type CliRun, runCli } from '../support/cli.ts';

export interface Request {
  readonly line: string;
  readonly url: URL;
  readonly body: unknown;
}
export type Answer = readonly [status: number, body: object];

/**
 * Runs a command against an API that answers so, by a clock of its own if that is wanted. Waits take no time, unless the options
 * say otherwise.
 */
export async function runAgainst(
  answer: (request: Request, turn: number) => Answer,
  args: readonly string[],
  options: CliOptions = {},
  clock: () => number = Date.now,
): Promise<CliRun & { requests: Request[] }> {
  const requests: Request[] = [];
  const take = async (request: IncomingMessage): Promise<Answer> => {
    const body = await text(request);
    const url = new URL(request.url ?? '', 'http://api');
    const taken = { line: `${request.method} ${url.pathname}`, url, body: body === '' ? undefined : JSON.parse(body) };
    requests.push(taken);
    return answer(taken, requests.length);
  };
  const server = createServer(async (request, response) => {
    const [status, body] = await take(request);
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response
      .writeHead(status, { 'content-type': type, date: new Date(clock()).toUTCString() })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  try {
    const env = { POSTRIDER_API_URL: `http://127.0.0.1:${port}`, POSTRIDER_API_KEY: 'pr_any' };
    const run = await runCli(args, { env, wait: async () => undefined, ...options });
    return { ...run, requests };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
