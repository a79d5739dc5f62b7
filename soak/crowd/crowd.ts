import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Take } from '../account/duplicates.ts';
import { EVENT_TYPES, type Events } from '../events.ts';
import type { SoakApi } from '../product/api.ts';
import { type Answer, type Kind, kindsOf } from './kinds.ts';
import { Receipts, type TargetEndpoint } from './receipts.ts';

const HOST = '127.0.0.1';
/** A privileged port where nothing listens. */
const DEAD_PORT = 1;

/** An endpoint of the crowd. */
export interface Member extends TargetEndpoint {
  readonly kind: Kind;
  /** When it was first deleted or answered 410. In ms since the epoch. */
  goneAt: number | undefined;
}

export interface CrowdOptions {
  readonly tenant: string;
  readonly size: number;
  readonly seed: number;
  readonly durationMs: number;
  readonly events: Events;
  /** Where the crowd listens, and where the endpoints that are down until the end will listen. */
  readonly ports: { readonly crowd: number; readonly down: number };
}

/** The receivers of a soak, and what they received. */
export class Crowd {
  readonly members: Member[] = [];
  readonly receipts: Receipts;
  readonly #options: CrowdOptions;
  readonly #servers: Server[] = [];
  #startedAt = 0;
  #healed = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.receipts = new Receipts(options.events);
  }

  /** Listens, and creates the endpoints. */
  async open(api: SoakApi): Promise<void> {
    await this.#listen(this.#options.ports.crowd);
    const { tenant, size } = this.#options;
    for (const [index, kind] of kindsOf(size).entries()) {
      const types = kind.name === 'everything' ? EVENT_TYPES : [EVENT_TYPES[index % EVENT_TYPES.length] ?? ''];
      const { id, secret } = await api.createEndpoint({
        tenant,
        url: this.#urlOf(kind, index),
        description: `${index}: ${kind.name}, ${kind.what}`,
        event_types: kind.name === 'everything' ? ['soak.*'] : [...types],
        timeout_seconds: kind.timeoutSeconds,
        retry_policy: { initial_delay_seconds: 1, backoff_factor: 1, jitter: 0.2, max_attempts: kind.attemptsMax },
      });
      this.members.push({ id, secret, types, kind, name: `${kind.name} #${index}`, goneAt: undefined });
    }
  }

  /** Starts the clock for behaviour that changes over time. */
  begin(): void {
    this.#startedAt = Date.now();
  }

  /** Ends the faults: every receiver answers 200, except those that stay bad. */
  async heal(): Promise<void> {
    this.#healed = true;
    await this.#listen(this.#options.ports.down);
  }

  /** Another URL of the same receiver. */
  movedUrlOf(member: Member, times: number): string {
    return `${this.#urlOf(member.kind, this.members.indexOf(member))}?moved=${times}`;
  }

  of(kind: Kind['name']): Member[] {
    return this.members.filter((member) => member.kind.name === kind);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise((closed) => server.close(closed));
      }),
    );
  }

  #urlOf({ name }: Kind, index: number): string {
    const { ports } = this.#options;
    const port = name === 'dead port' ? DEAD_PORT : name === 'down' ? ports.down : ports.crowd;
    return `http://${HOST}:${port}/${index}`;
  }

  async #listen(port: number): Promise<void> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      // A sender that was killed in the middle of its request cannot be answered.
      this.#take(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, resolve);
    });
    this.#servers.push(server);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedMs = Date.now();
    const member = this.members[Number(request.url?.slice(1).split('?')[0])];
    const body = await text(request);
    if (member === undefined) return void response.writeHead(404).end();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const noted = this.receipts.note(member, { headers, body, atMs: arrivedMs });
    if (noted === undefined) return void response.writeHead(400).end();
    const answer = member.kind.answer(this.#moment(noted.n, noted.receipt.posts));
    if (typeof answer !== 'string' && answer.status < 300) noted.receipt.takes.push(watch(response, arrivedMs));
    if (typeof answer !== 'string' && answer.status === 410) member.goneAt ??= Date.now();
    respond(response, answer);
  }

  #moment(n: number, copy: number) {
    const sinceStartMs = Date.now() - this.#startedAt;
    const progress = sinceStartMs / this.#options.durationMs;
    return { seed: this.#options.seed, n, copy, sinceStartMs, progress, healed: this.#healed };
  }
}

/** An accepted POST; notes the end of its answer, or of its connection. */
function watch(response: ServerResponse, arrivedMs: number): Take {
  const take: { -readonly [Name in keyof Take]: Take[Name] } = {
    arrivedMs,
    answeredMs: undefined,
    endedMs: response.destroyed ? Date.now() : undefined,
  };
  const end = (isAnswered: boolean) => () => {
    if (take.endedMs !== undefined) return;
    take.endedMs = Date.now();
    if (isAnswered) take.answeredMs = take.endedMs;
  };
  response.once('finish', end(true)).once('close', end(false));
  return take;
}

function respond(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'reset') return void response.destroy();
  const { status, afterMs = 0, retryAfterSeconds } = answer;
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  setTimeout(() => response.writeHead(status, headers).end(), afterMs);
}
