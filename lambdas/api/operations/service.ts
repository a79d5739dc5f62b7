import * as z from 'zod';
import { discoveryExample } from '../examples/event-type.ts';
import { operation } from '../operation.ts';
import { noBody, noQuery, pageQuery } from '../schemas/common.ts';
import { discoveryAnswer } from '../schemas/event-type.ts';

const open = { method: 'get', tag: 'Service', role: null, query: noQuery, body: noBody, bodyIs: 'none' } as const;

export const health = operation({
  ...open,
  name: 'health',
  path: '/healthz',
  summary: 'Tell that the API answers',
  description: 'It asks nothing behind it.',
  success: {
    status: 200,
    description: 'It does.',
    schema: z.object({ status: z.literal('ok') }),
    example: { status: 'ok' },
  },
});

export const openApi = operation({
  ...open,
  name: 'openApi',
  path: '/openapi.json',
  summary: 'Read this document',
  description: 'The contract of this very version.',
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
  summary: 'Tell which event types there are, and how webhooks are signed',
  description: 'For whoever receives webhooks. May be a minute old.',
  success: {
    status: 200,
    description: 'A page of the catalogue, with the signature scheme.',
    schema: discoveryAnswer,
    example: discoveryExample,
  },
  refusals: [
    {
      kind: 'invalid',
      detail: 'The cursor is not valid: repeat the query without it to begin anew.',
      errors: [{ path: 'cursor', message: 'This is no cursor of this API.' }],
    },
  ],
});
