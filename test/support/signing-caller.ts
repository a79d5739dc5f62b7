import { AwsV4Signer } from 'aws4fetch';

/** A caller's credentials for signing. */
export interface SigningOptions {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Session token of an assumed role. */
  readonly sessionToken?: string | undefined;
  readonly region?: string;
  readonly service?: string;
  /** When it signs, in epoch milliseconds. */
  readonly at?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers of a POST signed for an HTTP API (SigV4), by a third-party signer. */
export async function signedHeaders(url: string, body: string, options: SigningOptions = {}) {
  const { accessKeyId = 'LOCAL', secretAccessKey = 'secret', region = 'us-east-1', service = 'execute-api' } = options;
  const datetime = new Date(options.at ?? Date.now()).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const given = { 'content-type': 'application/json', ...options.headers };
  const { sessionToken } = options;
  const who = { accessKeyId, secretAccessKey, region, service, ...(sessionToken !== undefined && { sessionToken }) };
  const signer = new AwsV4Signer({ method: 'POST', url, body, headers: given, datetime, ...who });
  const { headers } = await signer.sign();
  return Object.fromEntries(headers);
}
