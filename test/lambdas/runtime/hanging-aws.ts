import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { type LocalAws, startLocalAws } from '../../contract/local-aws.ts';

/** When a call hangs: its request is not read; or read, and has no effect; or it takes effect. It is never answered. */
export type Hang = 'before it is read' | 'before it took effect' | 'after it took effect';

const putEvents = z.object({ Entries: z.array(z.object({ Detail: z.string() })) });

/**
 * AWS on loopback for real SDK clients: the engines of a local run, and a bus that keeps what it is given. Some calls are
 * never answered.
 */
export class HangingAws {
  readonly #engines: LocalAws;
  readonly #server = createServer((incoming, response) => void this.#answer(incoming, response));
  /** The details of the events on the bus. */
  readonly onBus: string[] = [];
  /** Calls that hang at present. */
  hanging = 0;
  #hangs: { calls: RegExp; hang: Hang } | undefined;

  private constructor(engines: LocalAws) {
    this.#engines = engines;
  }

  static async start(): Promise<HangingAws> {
    const aws = new HangingAws(await startLocalAws());
    await new Promise<void>((resolve) => aws.#server.listen(0, '127.0.0.1', resolve));
    return aws;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets calls hang by their names, such as `PutItem` or `PUT`. */
  hang(calls: RegExp, hang: Hang): void {
    this.#hangs = { calls, hang };
  }

  heal(): void {
    this.#hangs = undefined;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#engines.stop();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = incoming.headers['x-amz-target'];
    const name = typeof target === 'string' ? (target.split('.')[1] ?? '') : `S3 ${incoming.method}`;
    const hang = this.#hangs?.calls.test(name) ? this.#hangs.hang : undefined;
    if (hang !== undefined) {
      this.hanging += 1;
      response.once('close', () => {
        this.hanging -= 1;
      });
    }
    if (hang === 'before it is read') return;
    const body = await buffer(incoming);
    if (hang === 'before it took effect') return;
    const { status, headers, text } = name === 'PutEvents' ? this.#putEvents(body) : await this.#relay(incoming, body);
    if (hang === undefined) response.writeHead(status, headers).end(text);
  }

  #putEvents(body: Buffer): Reply {
    const { Entries } = putEvents.parse(JSON.parse(body.toString()));
    this.onBus.push(...Entries.map(({ Detail }) => Detail));
    const text = JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map((_, at) => ({ EventId: `${at}` })) });
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, text };
  }

  #relay({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const onward = request({ port: this.#engines.port, method, path: url, headers }, async (answer) => {
        const text = await buffer(answer);
        resolve({ status: answer.statusCode ?? 500, headers: answer.headers, text });
      });
      onward.once('error', reject).end(body);
    });
  }
}

interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  text: Buffer | string;
}
