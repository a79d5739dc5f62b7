import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { PORTAL_PATH } from './config.ts';
import type { Encoding, Folder } from './folder.ts';

const PAGE = 'index.html';
/** Everything below it has a name of the build's own. */
const ASSETS = 'assets/';

/**
 * Answers the requests for the portal: a file of the build; the page for every other path, which its own router reads; 404
 * for an asset that the build did not make, so that a page of an older version does not take HTML for its script.
 * @param origins whose pages may show the portal in a frame.
 */
export function createSite(folder: Folder, origins: readonly string[]) {
  const common = headersFor(origins);
  return ({
    rawPath,
    headers,
  }: Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers'>): APIGatewayProxyStructuredResultV2 => {
    const asked = rawPath.slice(PORTAL_PATH.length).replace(/^\//, '');
    const path = folder.file(asked) === undefined && !asked.startsWith(ASSETS) ? PAGE : asked;
    const file = folder.file(path);
    if (file === undefined) {
      return {
        statusCode: 404,
        headers: { ...common, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
        body: 'There is no such file. Load the page again: a newer version may have replaced it.\n',
      };
    }
    const encoding = encodingFor(headers['accept-encoding'] ?? '', file.encodings);
    return {
      statusCode: 200,
      headers: {
        ...common,
        'content-type': file.type,
        'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'accept-encoding',
        ...(encoding && { 'content-encoding': encoding }),
      },
      body: folder.read(path, encoding),
      isBase64Encoded: true,
    };
  };
}

/** A page may run and load what came with it, talk to its own host, and nothing else. */
function headersFor(origins: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${origins.length === 0 ? "'none'" : origins.join(' ')}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}

/** The best of a file's encodings that the client takes (RFC 9110, 12.5.3); undefined: plain. */
function encodingFor(accepted: string, encodings: readonly Encoding[]): Encoding | undefined {
  const weights = new Map(
    accepted.split(',').map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return [name, Number(weight)];
    }),
  );
  return encodings.find((encoding) => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0);
}
