import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** An API request as an API Gateway event. The body's characters are its bytes. */
export function proxyEvent(request: {
  method: string;
  path: string;
  query: string;
  body: string;
  key: string;
}): APIGatewayProxyEventV2 {
  const { method, path: rawPath, query: rawQueryString, body, key } = request;
  return {
    ...{ version: '2.0', routeKey: '$default', rawPath, rawQueryString, isBase64Encoded: true },
    headers: { authorization: `Bearer ${key}` },
    ...(body !== '' && { body: Buffer.from(body, 'latin1').toString('base64') }),
    requestContext: {
      ...{ accountId: '1', apiId: 'a', domainName: 'a', domainPrefix: 'a', requestId: 'r', routeKey: '$default' },
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
      ...{ stage: '$default', time: '', timeEpoch: 0 },
    },
  };
}
