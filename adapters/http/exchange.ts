import { type ClientRequest, type IncomingMessage, request as openRequest, type RequestOptions } from 'node:http';
import type { AttemptErrorCode, AttemptResult } from '../../core/deliveries/sender.ts';
import { hadKeys } from './agents.ts';
import { attemptErrorCode, isConnectionLoss, isOwnFault } from './attempt-error.ts';
import { chosenHeaders } from './chosen-headers.ts';
import { excerptOf } from './excerpt.ts';
import { tlsDetail } from './tls-detail.ts';

/** The input of one exchange, prepared by the sender. */
export interface Outgoing {
  options: RequestOptions;
  body: string;
  /** When it was requested, in milliseconds since the epoch. */
  at: number;
  timeoutMs: number;
  excerptBytesMax: (statusCode: number, besides: number) => number;
  /** Strikes secrets out of what is kept of the answer. */
  hide: (text: string) => string;
  /** How long the rest of a body may take once the status is known. */
  bodyGraceMs: number;
  /** Closes the idle connections to the same host: called when one of them was dead. */
  dropIdle: () => void;
}

/** Body bytes read before the rest is cut and the connection closed. A longer rest costs more than a new connection. */
export const bodyBytesMax = 8_192;
/** Bytes of the answer's headers: cookies and policies of some receivers take more than Node's 16 KB. */
export const headerBytesMax = 262_144;
/** Interim answers (1xx), and bytes of them: an ordinary receiver sends one or two. */
export const interimMax = 16;
export const interimBytesMax = 65_536;
/**
 * What reading the headers may cost. At each read Node copies what it has of an unfinished header, and a read costs as
 * much as copying some KB, so a drip would cost a lot. 256 KB in packets of 1.5 KB cost 29 MB, each read alone.
 */
const headerCostMax = 48 * 1024 * 1024;
const readCost = 32 * 1024;
const retryAfterLengthMax = 64;

/**
 * One request and its answer. It settles exactly once: by the status, by the first failure without a status, or by
 * the timeout. A received status decides, even if the body fails.
 */
export class Exchange {
  readonly #outgoing: Omit<Outgoing, 'body'>;
  /** Dropped at the end: the listeners of a kept-alive connection hold this exchange for as long as they live. */
  #body: string;
  readonly #startedMs = performance.now();
  readonly #settled = Promise.withResolvers<AttemptResult>();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #durationMs = 0;
  /** Of the connection that the request was sent on. */
  #remoteIp: string | undefined;
  #open = true;
  /** Before the final headers: interim answers, bytes that were read, and what reading them cost. */
  #interims = 0;
  #bytesRead = 0;
  #cost = 0;
  /** What was read last. */
  #chunk: Buffer | undefined;

  constructor({ body, ...outgoing }: Outgoing) {
    this.#body = body;
    this.#outgoing = outgoing;
  }

  /**
   * Sends the request. Rejects only for an error on our side: no socket or memory left.
   * @throws TypeError when a header is not valid HTTP; the caller validated them.
   */
  run(): Promise<AttemptResult> {
    this.#send(true);
    this.#timer = setTimeout(() => this.#fail('timeout'), this.#outgoing.timeoutMs);
    return this.#settled.promise;
  }

  #send(mayRepeat: boolean): void {
    const request = openRequest({ ...this.#outgoing.options, maxHeaderSize: headerBytesMax });
    this.#request = request;
    let bytesBefore = 0;
    request.once('socket', (socket) => {
      bytesBefore = socket.bytesRead;
      // Kept at once: a socket that was closed does not say it any longer.
      const keepAddress = () => {
        this.#remoteIp = socket.remoteAddress;
      };
      if (socket.connecting) socket.once('connect', keepAddress);
      else keepAddress();
      // Before the parser.
      socket.prependListener('data', this.#count);
    });
    request.on('information', () => this.#interim());
    request.once('response', (response) => {
      // Node's parser lets 000 and 099 pass.
      if ((response.statusCode ?? 0) < 100) this.#fail('invalid_response');
      else this.#read(response);
    });
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      this.#fail('invalid_response');
    });
    request.once('close', () => {
      if (this.#open && request === this.#request) this.#onError(new Error('Closed without an answer'));
    });
    // Stays attached for the life of the request: an error after the outcome must not reach the process.
    request.on('error', (error) => {
      const untouched = request.reusedSocket && request.socket?.bytesRead === bytesBefore;
      if (mayRepeat && untouched && isConnectionLoss(error)) this.#repeat();
      else if (request === this.#request) this.#onError(error);
    });
    request.end(this.#body);
  }

  /**
   * A kept-alive connection that the receiver closed meanwhile, or that died while the function was frozen, is not the
   * receiver's failure: repeat once on a new one. It may have seen the first request; the webhook-id is the same.
   */
  #repeat(): void {
    if (!this.#open) return;
    this.#outgoing.dropIdle();
    this.#send(false);
  }

  readonly #count = (chunk: Buffer): void => {
    this.#chunk = chunk;
    this.#bytesRead += chunk.length;
    this.#cost += this.#bytesRead + readCost;
    if (this.#cost > headerCostMax) this.#fail('invalid_response');
  };

  #interim(): void {
    this.#interims += 1;
    // What was read before the last read was all of interim answers.
    const bytes = this.#bytesRead - (this.#chunk?.length ?? 0);
    if (this.#interims <= interimMax && bytes <= interimBytesMax) return;
    this.#fail('invalid_response');
    // The parser goes on with what was read, maybe thousands of answers more: nothing of it is valid any longer.
    this.#chunk?.fill(0);
  }

  #read(response: IncomingMessage): void {
    response.socket.off('data', this.#count);
    this.#chunk = undefined;
    if (!this.#open) return;
    this.#response = response;
    this.#durationMs = this.#elapsedMs();
    clearTimeout(this.#timer);
    const remainingMs = this.#outgoing.timeoutMs - this.#durationMs;
    this.#timer = setTimeout(() => this.#answer(response, true), Math.min(remainingMs, this.#outgoing.bodyGraceMs));
    response.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > bodyBytesMax) this.#answer(response, true);
    });
    response.on('error', () => this.#answer(response, true));
    response.once('end', () => this.#answer(response, false));
  }

  #onError(error: Error): void {
    if (!this.#open) return;
    if (this.#response !== undefined) this.#answer(this.#response, true);
    else if (isOwnFault(error)) this.#close(true, () => this.#settled.reject(error));
    else this.#fail(attemptErrorCode(error), error);
  }

  #fail(errorCode: AttemptErrorCode, error?: Error): void {
    if (!this.#open) return;
    this.#durationMs = this.#elapsedMs();
    const errorDetail =
      error && errorCode === 'tls_error' ? tlsDetail(error, hadKeys(this.#request?.socket ?? null)) : undefined;
    const failed = { errorCode, ...(errorDetail && { errorDetail }) };
    this.#settle({ statusCode: null, ...failed, retryAfter: null, responseExcerpt: '' }, true);
  }

  #answer(response: IncomingMessage, cut: boolean): void {
    const statusCode = response.statusCode ?? 0;
    const succeeded = statusCode >= 200 && statusCode < 300;
    const { hide } = this.#outgoing;
    const retryAfter = response.headers['retry-after']?.slice(0, retryAfterLengthMax);
    const headers = chosenHeaders(response.headers, hide);
    const besides = (headers ? JSON.stringify(headers).length : 0) + (this.#remoteIp?.length ?? 0);
    const excerptBytes = Math.min(bodyBytesMax, this.#outgoing.excerptBytesMax(statusCode, besides));
    const outcome = {
      statusCode,
      errorCode: succeeded ? null : ('http_status' as const),
      retryAfter: retryAfter === undefined ? null : hide(retryAfter),
      ...(headers && { responseHeaders: headers }),
      responseExcerpt: isPlain(response)
        ? excerptOf(this.#chunks, excerptBytes, { isLatin1: isLatin1(response), hide })
        : '',
    };
    this.#settle(outcome, cut);
  }

  #settle(outcome: Omit<AttemptResult, 'at' | 'durationMs'>, cut: boolean): void {
    const result = {
      ...{ at: this.#outgoing.at, durationMs: Math.round(this.#durationMs) },
      ...outcome,
      ...(this.#remoteIp !== undefined && { remoteIp: this.#remoteIp }),
    };
    this.#close(cut, () => this.#settled.resolve(result));
  }

  #close(cut: boolean, settle: () => void): void {
    if (!this.#open) return;
    this.#open = false;
    this.#body = '';
    clearTimeout(this.#timer);
    settle();
    // A receiver that answers without reading the request would keep the connection open forever.
    if (cut || this.#request?.writableFinished === false) this.#request?.destroy();
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }
}

/**
 * The compressing content codings (IANA's registry). With a wrong or empty one, such as `utf-8`, the body is still
 * plain.
 */
const COMPRESSED = /\b(?:gzip|br|deflate|compress|zstd|dcb|dcz|exi)\b/i;

/** Whether the body is not compressed: identity was requested, and a body compressed anyway is not shown. */
function isPlain(response: IncomingMessage): boolean {
  return !COMPRESSED.test(response.headers['content-encoding'] ?? '');
}

/** Whether the body says that it is in Latin-1 or in Windows-1252, which browsers and we read the same. */
function isLatin1(response: IncomingMessage): boolean {
  return LATIN1.test(response.headers['content-type'] ?? '');
}

const LATIN1 = /;\s*charset\s*=\s*"?(?:iso-?8859-1|latin-?1|windows-1252|cp1252)\b/i;
