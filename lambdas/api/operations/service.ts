import * as z from 'zod';
import { operation } from '../operation.ts';
import { noBody, noQuery } from '../schemas/common.ts';

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
