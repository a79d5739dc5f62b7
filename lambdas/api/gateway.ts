import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { principalArnOf } from '../runtime/http.ts';
import { unrouted } from './respond.ts';

/**
 * API Gateway's event (payload format 2.0) as a web request. The host is a constant: what a client sends as its host
 * must not decide whether the URL parses.
 */
function requestOf(event: APIGatewayProxyEventV2): Request {
  const { method } = event.requestContext.http;
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  // The gateway has decoded the path: a question mark in it is part of it.
  const url = new URL(`http://api.invalid${query}`);
  url.pathname = event.rawPath;
  const headers = new Headers();
  for (const [name, value = ''] of Object.entries(event.headers)) {
    // Skip headers beyond ASCII: the API reads none of them, and a web request accepts only Latin-1.
    if (/^[\x20-\x7e]*$/.test(value)) headers.set(name, value);
  }
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD';
  const body = hasBody && { body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') };
  return new Request(url, { method, headers, ...body });
}

/** Methods that a web request cannot carry (Fetch standard, "forbidden method"). No route uses them. */
const FORBIDDEN_METHODS = ['CONNECT', 'TRACE', 'TRACK'];

/** Answers an API Gateway event. */
export async function answerTo(
  event: APIGatewayProxyEventV2,
  fetch: (request: Request, bindings: { principalArn?: string | undefined }) => Response | Promise<Response>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { method } = event.requestContext.http;
  if (FORBIDDEN_METHODS.includes(method)) return resultOf(unrouted(method, event.rawPath));
  return resultOf(await fetch(requestOf(event), { principalArn: signerOf(event) }));
}

/**
 * Who signed the request: only where the route that API Gateway chose is the path's own, which has IAM authorization.
 */
function signerOf(event: APIGatewayProxyEventV2): string | undefined {
  const { method } = event.requestContext.http;
  return event.routeKey === `${method} ${event.rawPath}` ? principalArnOf(event) : undefined;
}

/** A web response in API Gateway's format. All our responses are text. */
async function resultOf(response: Response): Promise<APIGatewayProxyStructuredResultV2> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}
