import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Events } from './events.ts';
import { randomOf } from './random.ts';

/** An event that the API acknowledged. */
export interface Acknowledged {
  readonly n: number;
  readonly id: string;
  readonly type: string;
  /** In ms since the epoch. */
  readonly atMs: number;
}

export interface PublisherOptions {
  readonly apiUrl: string;
  readonly adminKey: string;
  readonly tenant: string;
  readonly seed: number;
  /** Events a second. */
  readonly rate: number;
  readonly events: Events;
  readonly untilUp: () => Promise<void>;
  /** Ends everything at once. */
  readonly signal: AbortSignal;
  /** Called when idempotency is violated. */
  readonly onFlaw: (flaw: string) => void;
}

const UNKEYED_SHARE = 0.25;
const LIST_SHARE = 0.05;
const LIST_MAX = 6;
/** Share of acknowledged requests with a key that are repeated: the repeat must change nothing. */
const AGAIN_SHARE = 0.03;
const TRY_AGAIN_MS = 300;
const ANSWER_WITHIN_MS = 15_000;

const one = z.object({ id: z.string(), duplicate: z.boolean() });
const answerSchema = z.union([
  one.transform((event) => [event]),
  z.object({ events: z.array(one) }).transform((list) => list.events),
]);
type Answer = z.output<typeof answerSchema>;

interface Request {
  readonly numbers: readonly number[];
  readonly keyed: boolean;
  readonly body: string;
}

/**
 * Publishes at a steady rate, however slow the answers. A request with an idempotency key that gets no answer is repeated
 * until it does; one without a key is not, and counts as not acknowledged.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly acknowledged: Acknowledged[] = [];
  /** Of acknowledged requests, from request to answer. */
  readonly latenciesMs: number[] = [];
  /** Events sent, acknowledged or not. */
  published = 0;
  /** Events without a key whose request got no successful answer: nothing was promised. */
  unanswered = 0;
  /** Requests with a key that were repeated because no answer came. */
  repeats = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Publishes until `stop`, and resolves when every request with a key has its answer. */
  async run(stop: AbortSignal): Promise<void> {
    const { seed, rate, signal } = this.#options;
    const random = randomOf(seed, 'requests');
    const open = new Set<Promise<void>>();
    let fault: unknown;
    let due = Date.now();
    while (!stop.aborted && fault === undefined) {
      signal.throwIfAborted();
      const size = random.unit() < LIST_SHARE ? random.between(2, LIST_MAX) : 1;
      const publishing = this.#publish(this.#request(size, random.unit() >= UNKEYED_SHARE))
        .catch((error: unknown) => {
          fault = error;
        })
        .finally(() => open.delete(publishing));
      open.add(publishing);
      due += (size * 1000) / rate;
      await sleep(Math.max(0, due - Date.now()));
    }
    await Promise.all(open);
    this.#agent.destroy();
    if (fault !== undefined) throw fault;
  }

  #request(size: number, keyed: boolean): Request {
    const { tenant, events, seed } = this.#options;
    const numbers = Array.from({ length: size }, () => this.published++);
    const texts = numbers.map((n) => {
      const fields = { type: events.typeOf(n), tenant, ...(keyed && { idempotency_key: `soak-${seed}-${n}` }) };
      return `${JSON.stringify(fields).slice(0, -1)},"data":${events.dataOf(n)}}`;
    });
    return { numbers, keyed, body: size === 1 ? texts.join() : `[${texts.join()}]` };
  }

  async #publish(request: Request): Promise<void> {
    const answer = await this.#untilAnswered(request);
    if (answer === undefined) {
      this.unanswered += request.numbers.length;
      return;
    }
    const atMs = Date.now();
    this.acknowledged.push(
      ...request.numbers.map((n, index) => ({
        n,
        id: answer[index]?.id ?? '',
        type: this.#options.events.typeOf(n),
        atMs,
      })),
    );
    const chance = randomOf(this.#options.seed, `again ${request.numbers[0]}`).unit();
    if (request.keyed && chance < AGAIN_SHARE) await this.#again(request, answer);
  }

  async #again(request: Request, first: Answer): Promise<void> {
    const second = await this.#untilAnswered(request);
    const same = first.every(({ id }, index) => second?.[index]?.id === id && second[index]?.duplicate);
    if (!same) this.#options.onFlaw(`Event number ${request.numbers[0]}: a repeat with its key became another event.`);
  }

  /** @returns undefined if a request without a key got no successful answer. */
  async #untilAnswered(request: Request): Promise<Answer | undefined> {
    for (;;) {
      const beganMs = performance.now();
      const answered = await this.#post(request.body);
      if (answered?.status === 202) {
        this.latenciesMs.push(performance.now() - beganMs);
        return answerSchema.parse(JSON.parse(answered.text));
      }
      if (answered !== undefined && answered.status < 500 && answered.status !== 429) {
        throw new Error(`Publishing was answered ${answered.status}: ${answered.text}`);
      }
      if (!request.keyed) return undefined;
      this.repeats += 1;
      await sleep(TRY_AGAIN_MS, undefined, { signal: this.#options.signal });
      await this.#options.untilUp();
    }
  }

  /** @returns undefined if no answer came. */
  #post(body: string): Promise<{ status: number; text: string } | undefined> {
    const { apiUrl, adminKey, signal } = this.#options;
    const headers = {
      authorization: `Bearer ${adminKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve) => {
      const nothing = () => resolve(undefined);
      const options = { method: 'POST', agent: this.#agent, headers, signal, timeout: ANSWER_WITHIN_MS };
      const outgoing = request(new URL('/v1/events', apiUrl), options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        // A truncated answer does not count.
        response.on('close', nothing);
        response.on('end', () => {
          if (response.complete)
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      outgoing.on('error', nothing);
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.end(body);
    });
  }
}
