import * as z from 'zod';
import { noBody, noQuery, pageQuery, tenantQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { keyExample, keyInputExample, meExample } from './examples.ts';
import { createdKeyAnswer, keyAnswer, keyBody, keyPage, meAnswer } from './schemas.ts';

const tag = 'API keys';
const one = {
  path: '/v1/keys/{id}',
  id: 'key',
  tag,
  role: 'admin',
  query: noQuery,
  body: noBody,
  bodyIs: 'none',
} as const;

export const createKey = operation({
  name: 'createKey',
  method: 'post',
  path: '/v1/keys',
  tag,
  role: 'admin',
  summary: 'Create an API key',
  description: 'The key itself is shown only once. An admin key bound to a tenant creates keys of that tenant.',
  query: noQuery,
  body: keyBody,
  bodyIs: 'required',
  bodyExample: keyInputExample,
  success: {
    status: 201,
    description: 'The key.',
    schema: createdKeyAnswer,
    // Not a real key: those are longer.
    example: { ...keyExample, last_used_on: null, key: 'pr_3Yp0tXa...' },
  },
});

export const listKeys = operation({
  name: 'listKeys',
  method: 'get',
  path: '/v1/keys',
  tag,
  role: 'admin',
  summary: 'List API keys, newest first',
  description: 'Without the keys themselves, which cannot be shown again.',
  query: z.strictObject({
    tenant: tenantQuery.tenant.meta({
      description: "Keys bound to this tenant. Default: the key's tenant, else all keys.",
    }),
    ...pageQuery,
  }),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of keys.',
    schema: keyPage,
    example: { data: [keyExample], next: null },
  },
});

export const getMe = operation({
  name: 'getMe',
  method: 'get',
  path: '/v1/me',
  tag,
  role: 'any',
  summary: 'Read the metadata of the API key or session in use',
  description: 'Its role, the tenant that it is bound to, and when it expires; of a session, what its page needs.',
  query: noQuery,
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'The key or session of the request.', schema: meAnswer, example: meExample },
});

export const getKey = operation({
  ...one,
  name: 'getKey',
  method: 'get',
  summary: 'Read the metadata of an API key',
  description: 'Its name, role, tenant and the day of its last use; not the key itself.',
  success: { status: 200, description: 'The key.', schema: keyAnswer, example: keyExample },
});

export const deleteKey = operation({
  ...one,
  name: 'deleteKey',
  method: 'delete',
  summary: 'Revoke an API key',
  description: 'Takes effect everywhere within 60 seconds.',
  success: { status: 204, description: 'Revoked.' },
});
