import type { IncomingHttpHeaders } from 'node:http';

/** A request to one of the AWS services, with its whole body. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query as received, still encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** A signal that aborts when the client disconnects before the response. */
  readonly whenGone: () => AbortSignal;
}

/** A service's response. */
export interface AwsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Buffer;
}

/** A service of the AWS JSON protocol: takes an operation and its parsed input, returns the output or throws AwsError. */
export interface JsonService {
  handle(operation: string, input: unknown): Promise<unknown> | unknown;
}
