import { createInterface } from 'node:readline/promises';
import { type Client, createClient, ok } from '@postrider/client';
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

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.options = options;
    this.out = new Output(io, { json: options.json === true });
  }

  /** The outputs of a deployed stage, by the AWS credentials of the environment. */
  outputsOf = (stage: string): Promise<Outputs> => stageOutputs(stage, this.options.region, this.io.env);

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

  /** A client for any API and key. */
  clientFor({ url, key }: { url: string; key: string }): Client {
    const fetchOnce = async (request: Request): Promise<Response> => {
      const signal = AbortSignal.any([this.io.signal, AbortSignal.timeout(ANSWER_MS)]);
      try {
        return await fetch(request, { signal });
      } catch (cause) {
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

  /** Shows a list as far as it is wanted, page by page. */
  async list<Item>(
    { limit, all }: ListOptions,
    columns: readonly Column<Item>[],
    page: (client: Client, from: { limit: number; cursor?: string }) => TextAnswer,
  ): Promise<void> {
    const wanted = all === true ? Number.POSITIVE_INFINITY : limit;
    const shown: string[] = [];
    let cursor: string | undefined;
    let next: string | null = null;
    do {
      const from = { limit: Math.min(PAGE, wanted - shown.length), ...(cursor !== undefined && { cursor }) };
      const read = pageOf(await this.text((client) => page(client, from)));
      shown.push(...read.items);
      // A table needs all rows for its widths; lines of JSON go out as they come.
      if (this.out.json) for (const text of read.items) this.out.data(text);
      next = read.next;
      cursor = next ?? undefined;
    } while (next !== null && shown.length < wanted);
    if (!this.out.json) this.out.items(shown, columns);
    if (next !== null) this.out.note(`There are more: use --limit or --all.`);
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
