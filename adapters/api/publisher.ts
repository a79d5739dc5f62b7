import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import type { PublishAnswer } from '../../core/heartbeat/beat.ts';

export interface PublisherOptions {
  /** The URL of the route for callers inside AWS. */
  url: string;
  region: () => Promise<string>;
  credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;
}

/** Ingest answers within 10 s or is ended. */
const ANSWERS_WITHIN_MS = 12_000;

const accepted = z.object({ id: z.string() });

/**
 * Publishes one event by the API's own address, as callers inside AWS do: signed with the function's role (SigV4).
 * @returns a function that rejects, with what the connection says, if there is no answer in time.
 */
export function createPublisher({ url, region, credentials }: PublisherOptions) {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const { protocol, host, hostname, pathname } = new URL(url);
  return async (body: string): Promise<PublishAnswer> => {
    const request = { method: 'POST', protocol, hostname, path: pathname, query: {}, body };
    const { headers } = await signer.sign({ ...request, headers: { host, 'content-type': 'application/json' } });
    const response = await answerTo(url, { method: 'POST', headers, body });
    const text = await response.text();
    const eventId = response.status === 202 ? accepted.parse(JSON.parse(text)).id : undefined;
    return { status: response.status, eventId };
  };
}

async function answerTo(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  } catch (fault) {
    const { name, cause } = Object(fault);
    throw new Error(`The API did not answer: ${Object(cause).code ?? name}.`, { cause: fault });
  }
}

/** SHA-256, and with a secret its HMAC, as the signer asks for it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('A digest is made once.');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
