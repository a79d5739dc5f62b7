import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError, notLocal } from './aws-error.ts';
import type { AwsReply, AwsRequest, JsonService } from './exchange.ts';

/** The services behind the one port. */
export interface AwsServices {
  /** JSON services by the prefix of their `X-Amz-Target`. */
  readonly json: ReadonlyMap<string, JsonService>;
  /** The signal ends a long poll whose client has disconnected. */
  readonly sqs: (target: string, body: Buffer, signal?: AbortSignal) => Promise<AwsReply>;
  readonly s3: (request: AwsRequest) => Promise<AwsReply>;
  readonly sts: (request: AwsRequest) => AwsReply;
}

/** Routes a request to its service. On AWS the host name says which one; here other parts of the request do. */
export async function routeAws(request: AwsRequest, services: AwsServices): Promise<AwsReply> {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    if (target.startsWith('AmazonSQS.')) return answerSqs(target, request, services.sqs);
    return answerJson(target, request, services.json);
  }
  try {
    const service = credentialScope(request);
    // Without a signature it can only be S3, the one service that browsers and curl can use.
    if (service === 's3' || service === undefined) return await services.s3(request);
    if (service === 'sts') return services.sts(request);
    throw notLocal('AWS', `the service ${service} by ${request.method} ${request.url}`);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const body = JSON.stringify({ __type: error.code, message: error.message });
    return { status: error.status, headers: { 'content-type': 'application/json' }, body };
  }
}

function answerSqs(target: string, request: AwsRequest, sqs: AwsServices['sqs']): Promise<AwsReply> {
  return target === 'AmazonSQS.ReceiveMessage'
    ? sqs(target, request.body, request.whenGone())
    : sqs(target, request.body);
}

async function answerJson(
  target: string,
  request: AwsRequest,
  services: ReadonlyMap<string, JsonService>,
): Promise<AwsReply> {
  const dot = target.indexOf('.');
  const service = services.get(target.slice(0, dot));
  try {
    if (service === undefined) throw notLocal('AWS', target);
    const output = await service.handle(target.slice(dot + 1), parseBody(request.body));
    return jsonReply(200, JSON.stringify(output ?? {}), request);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return jsonReply(error.status, JSON.stringify({ __type: error.code, message: error.message }), request);
  }
}

function jsonReply(status: number, body: string, request: AwsRequest): AwsReply {
  const headers = {
    'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.0',
    'x-amzn-requestid': randomUUID(),
    'x-amz-crc32': crc32(body),
  };
  return { status, headers, body };
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

/** The service in `Credential=<key>/<date>/<region>/<service>/aws4_request`, from the header or a presigned query. */
function credentialScope({ headers, url }: AwsRequest): string | undefined {
  const scope = /Credential=[^,\s]*?\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  if (scope !== null) return scope[1];
  const query = url.indexOf('?');
  if (query < 0) return undefined;
  return new URLSearchParams(url.slice(query + 1)).get('X-Amz-Credential')?.split('/')[3];
}
