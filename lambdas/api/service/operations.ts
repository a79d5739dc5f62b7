import * as z from 'zod';
import { noBody, noQuery, pageQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { discoveryExample } from './examples.ts';
import { discoveryAnswer } from './schemas.ts';

const open = { method: 'get', tag: 'Service', role: null, query: noQuery, body: noBody, bodyIs: 'none' } as const;

export const health = operation({
  ...open,
  name: 'health',
  path: '/healthz',
  summary: 'Check that the API responds',
  description: 'Checks no dependencies.',
  success: {
    status: 200,
    description: 'It responds.',
    schema: z.object({ status: z.literal('ok') }),
    example: { status: 'ok' },
  },
});

export const openApi = operation({
  ...open,
  name: 'openApi',
  path: '/openapi.json',
  summary: 'Read this document',
  description: 'The contract of the running version.',
  success: {
    status: 200,
    description: 'OpenAPI 3.1.',
    schema: z.looseObject({ openapi: z.string() }),
    example: { openapi: '3.1.0' },
  },
});

export const discovery = operation({
  ...open,
  name: 'discovery',
  path: '/.well-known/webhooks',
  query: z.strictObject({ cursor: pageQuery.cursor }),
  summary: 'Discover event types and how webhooks are signed',
  description: 'For receivers of webhooks. May be cached for up to a minute.',
  success: {
    status: 200,
    description: 'A page of event types, with the signature scheme.',
    schema: discoveryAnswer,
    example: discoveryExample,
  },
  refusals: [
    {
      kind: 'invalid',
      detail: 'The cursor is not valid: repeat the query without it to start over.',
      errors: [{ path: 'cursor', message: 'Not a cursor issued by this API.' }],
    },
  ],
});
