import { createInterface } from 'node:readline/promises';
import { type Client, createClient, jsonText, ok } from '@postrider/client';
import { Fault, UsageFault } from '../explain.ts';
import { Interrupted, NotAllowed } from './exit.ts';
import type { Io } from './io.ts';
import { type Column, Output, pageOf } from './output.ts';
import { type GlobalOptions, type Outputs, type Place, placeOf } from './place.ts';
import { stageOutputs } from './stage-outputs.ts';

/** How long a request may take: longer than the API's own limit. */
const ANSWER_MS = 40_000;
const PAGE = 100;

/** What `openapi-fetch` answers when it leaves the body as text. */
type TextAnswer = Promise<{ data?: string | undefined; error?: unknown; response: Response }>;

/** Passed to every call of the client, so that the text arrives as the API wrote it. */
export const AS_TEXT = { parseAs: 'text' } as const;

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** Reads a page of a list. */
type PageCall = (client: Client, from: { limit: number; cursor?: string }) => TextAnswer;

/** How much of a list is wanted. */
export interface ListOptions {
  readonly limit: number;
  readonly all?: true | undefined;
}

/** What a command works with: the API, output, and whoever sits at the terminal. */
export class Session {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly out: Output;
  #place: Promise<Place> | undefined;
  /** How far the API's clock is ahead of ours. */
  #aheadMs = 0;

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.options = options;
    this.out = new Output(io, { json: options.json === true });
  }

  /** The outputs of a deployed stage, by the AWS credentials of the environment. */
  outputsOf = (stage: string): Promise<Outputs> => stageOutputs(stage, this.options.region, this.io.env);

  /** The time by the API's clock as its last answer had it, to the second; ours before the first. */
  apiClock(): number {
    return this.io.clock() + this.#aheadMs;
  }

  /** Where the API is. @throws Fault if nothing says so. */
  place(): Promise<Place> {
    this.#place ??= placeOf(this.io, this.options, this.outputsOf);
    return this.#place;
  }

  /** A client with the key. @throws NotAllowed if there is none. */
  async client(): Promise<Client> {
    const place = await this.place();
    if (place.key === undefined) {
      throw new NotAllowed(`No API key for ${place.url}: set POSTRIDER_API_KEY, or sign in with postrider login.`);
    }
    return this.clientFor({ url: place.url, key: place.key });
  }

  /** A client for any API and key. @throws UsageFault, NotAllowed if one of them cannot be one. */
  clientFor({ url, key }: { url: string; key: string }): Client {
    const protocol = URL.parse(url)?.protocol;
    if (protocol !== 'https:' && protocol !== 'http:') {
      throw new UsageFault(`${url} is not the URL of an API: use one such as http://127.0.0.1:4400.`);
    }
    // The fault that fetch has for it shows the whole key.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new NotAllowed('The API key holds a space or another character that no key has: copy it again.');
    }
    const fetchOnce = async (request: Request): Promise<Response> => {
      const signal = AbortSignal.any([this.io.signal, AbortSignal.timeout(ANSWER_MS)]);
      try {
        const response = await fetch(request, { signal });
        const date = Date.parse(response.headers.get('date') ?? '');
        if (!Number.isNaN(date)) this.#aheadMs = date - this.io.clock();
        if (response.ok && response.body !== null && !/json/.test(response.headers.get('content-type') ?? '')) {
          throw new Fault(`What answers at ${url} is not the API of Postrider: check the address.`);
        }
        return response;
      } catch (cause) {
        if (cause instanceof Fault) throw cause;
        if (this.io.signal.aborted) throw new Interrupted();
        if (signal.aborted)
          throw new Fault(`No answer from ${url} within ${ANSWER_MS / 1000} s: try again.`, { cause });
        throw new Fault(`Nothing answers at ${url}: check the address, and that Postrider runs there.`, { cause });
      }
    };
    return createClient({ url, key, fetch: fetchOnce });
  }

  /** The text of an answer. @throws ApiError if the call was refused. */
  async text(call: (client: Client) => TextAnswer): Promise<string> {
    const answer = call(await this.client());
    return ok(answer as Promise<{ data: string; response: Response }>);
  }

  /**
   * Calls an operation by method and path, for those that are not the client's to know: the path is whatever it is.
   * @param text the body, JSON.
   * @throws ApiError if the call was refused.
   */
  async call(method: Method, path: string, text?: string): Promise<string> {
    const untyped = (await this.client()) as unknown as Record<Method, (path: string, init: object) => TextAnswer>;
    const body = text === undefined ? {} : { ...jsonText(text), headers: { 'content-type': 'application/json' } };
    const answer = untyped[method](path, { ...AS_TEXT, ...body });
    return (await ok(answer)) ?? '';
  }

  /** Shows a list as far as it is wanted. */
  async list<Item>({ limit, all }: ListOptions, columns: readonly Column<Item>[], page: PageCall): Promise<void> {
    const shown: string[] = [];
    let hasMore = false;
    for await (const { items, next } of this.#pages(page, all === true ? Number.POSITIVE_INFINITY : limit)) {
      shown.push(...items);
      // A table needs all rows for its widths; lines of JSON go out as they come.
      if (this.out.json) for (const text of items) this.out.data(text);
      hasMore = next !== null;
    }
    if (!this.out.json) this.out.items(shown, columns);
    if (hasMore && !this.out.json) this.out.note('There are more: use --limit or --all.');
  }

  /** The items of a list, or its first ones, each as the API wrote it. */
  async items(page: PageCall, wanted = Number.POSITIVE_INFINITY): Promise<string[]> {
    const found: string[] = [];
    for await (const { items } of this.#pages(page, wanted)) found.push(...items);
    return found;
  }

  async *#pages(page: PageCall, wanted: number): AsyncGenerator<{ items: string[]; next: string | null }> {
    let count = 0;
    let from: { limit: number; cursor?: string } = { limit: Math.min(PAGE, wanted) };
    for (;;) {
      const read = pageOf(await this.text((client) => page(client, from)));
      yield read;
      count += read.items.length;
      if (read.next === null || count >= wanted) return;
      from = { limit: Math.min(PAGE, wanted - count), cursor: read.next };
    }
  }

  /**
   * Asks before what cannot be undone.
   * @throws UsageFault without a terminal, where `--yes` is needed; Interrupted if the answer is no.
   */
  async confirm(what: string, { yes }: { yes?: true | undefined }): Promise<void> {
    if (yes === true) return;
    if (this.io.stdin.isTTY !== true || !this.io.errIsTerminal) throw new UsageFault(`${what} Pass --yes to do it.`);
    const prompt = createInterface({ input: this.io.stdin, output: process.stderr });
    try {
      const answer = await prompt.question(`${what} Continue? [y/N] `, { signal: this.io.signal });
      if (!/^y(es)?$/i.test(answer.trim())) throw new Fault('Nothing was done.');
    } catch (fault) {
      if (this.io.signal.aborted) throw new Interrupted();
      throw fault;
    } finally {
      prompt.close();
    }
  }

  /** Waits. @throws Interrupted on Ctrl-C. */
  async pause(ms: number): Promise<void> {
    await this.io.wait(ms);
    if (this.io.signal.aborted) throw new Interrupted();
  }
}
