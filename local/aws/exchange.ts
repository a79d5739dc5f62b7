import type { IncomingHttpHeaders } from 'node:http';

/** A request to one of the AWS services, with its whole body. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query as they came, still encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** A signal that aborts when the client goes away before its answer. */
  readonly whenGone: () => AbortSignal;
}

/** What a service answers. */
export interface AwsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | Buffer;
}

/** A service of the AWS JSON protocol: takes the operation's name and its parsed input, gives the output or throws AwsError. */
export interface JsonService {
  handle(operation: string, input: unknown): Promise<unknown> | unknown;
}
