import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { IamCaller } from './iam.ts';

/** A request as it arrived at the gateway. */
export interface GatewayRequest {
  readonly method: string;
  /** Path and query as the client wrote them. */
  readonly url: string;
  readonly httpVersion: string;
  /** Alternating names and values, as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
}

export interface EventDetails {
  readonly accountId: string;
  readonly apiId: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  readonly requestId: string;
  readonly timeMs: number;
  /** Who signed the request, on a route with IAM authorization. */
  readonly iam: IamCaller | null;
}

/**
 * Builds the event of payload format 2.0.
 * Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs". AWS does not document
 * what happens to text that is not UTF-8; here it is passed on as base64, so that nothing is altered and the product sees it.
 */
export function proxyEvent(request: GatewayRequest, details: EventDetails): APIGatewayProxyEventV2 {
  const [, query = ''] = splitUrl(request.url);
  const rawPath = decodedPath(request.url);
  const { headers, cookies } = joinHeaders(request.rawHeaders);
  const queryStringParameters = joinQuery(query);
  const host = headers.host ?? '127.0.0.1';
  const isText = isTextType(headers['content-type'] ?? '') && isUtf8(request.body);
  return {
    version: '2.0',
    routeKey: details.routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers: { ...headers, 'x-forwarded-for': request.sourceIp, 'x-forwarded-proto': 'http' },
    ...(queryStringParameters && { queryStringParameters }),
    requestContext: {
      accountId: details.accountId,
      apiId: details.apiId,
      ...(details.iam && { authorizer: { iam: details.iam } }),
      domainName: host,
      domainPrefix: host.split('.')[0] ?? host,
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: details.requestId,
      routeKey: details.routeKey,
      stage: '$default',
      time: commonLogTime(details.timeMs),
      timeEpoch: details.timeMs,
    },
    ...(details.pathParameters && { pathParameters: details.pathParameters }),
    ...(request.body.length > 0 && { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

/**
 * The path as an HTTP API passes it on: percent-decoded, unlike the query, and cut at an encoded question mark.
 * REST APIs and function URLs keep it encoded.
 */
export function decodedPath(url: string): string {
  const [path] = splitUrl(url);
  try {
    return decodeURIComponent(path).replace(/\?.*$/s, '');
  } catch {
    return path;
  }
}

/** Whether the gateway passes on a body of this type as text; everything else becomes base64. */
function isTextType(contentType: string): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || ['application/json', 'application/xml', 'application/javascript'].includes(type);
}

function splitUrl(url: string): [string, string | undefined] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)];
}

function joinHeaders(raw: readonly string[]): { headers: Record<string, string>; cookies: string[] } {
  const lines = Array.from({ length: Math.floor(raw.length / 2) }, (_, at): [string, string] => [
    raw[2 * at]?.toLowerCase() ?? '',
    raw[2 * at + 1] ?? '',
  ]);
  const cookies = lines.filter(([name]) => name === 'cookie').flatMap(([, value]) => value.split(/;\s*/));
  return { headers: joined(lines.filter(([name]) => name !== 'cookie')), cookies };
}

function joinQuery(query: string): Record<string, string> | undefined {
  return query === '' ? undefined : joined(new URLSearchParams(query));
}

/** The values of each name, separated by commas. */
function joined(pairs: Iterable<[string, string]>): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

/** `22/Nov/2026:10:00:00 +0000` */
function commonLogTime(timeMs: number): string {
  const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(timeMs).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
