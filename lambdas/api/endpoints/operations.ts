import * as z from 'zod';
import { faultsOfHeaders, NO_HEADERS, SET } from '../../../core/endpoints/headers.ts';
import { SECRET_RULE } from '../../../core/signing/secret.ts';
import { noBody, noQuery, pageQuery, tenantQuery } from '../common-schemas.ts';
import { pendingDeliveryExample } from '../deliveries/examples.ts';
import { deliveryAnswer } from '../deliveries/schemas.ts';
import { operation, type Refusal } from '../operation.ts';
import {
  endpointExample,
  endpointSettingsExample,
  headersExample,
  listedEndpointExample,
  SECRET,
  secretExample,
} from './examples.ts';
import {
  createdEndpointAnswer,
  endpointAnswer,
  endpointBody,
  endpointFilters,
  endpointPage,
  endpointPatch,
  endpointReplacement,
  headersAnswer,
  rotation,
  secretAnswer,
  testBody,
} from './schemas.ts';

const tag = 'Endpoints';
const one = { path: '/v1/endpoints/{id}', id: 'ep', tag } as const;
const busy: Refusal = {
  kind: 'conflict',
  detail: 'The endpoint is being changed concurrently: read it and try again.',
};
const nothingToKeep: Refusal = {
  kind: 'invalid',
  detail: 'The endpoint is not valid: correct the fields named in errors.',
  errors: faultsOfHeaders(NO_HEADERS, { 'x-api-key': SET }),
};
const plain = { query: noQuery, body: noBody, bodyIs: 'none' } as const;

export const createEndpoint = operation({
  name: 'createEndpoint',
  method: 'post',
  path: '/v1/endpoints',
  tag,
  role: 'admin',
  summary: 'Create an endpoint',
  description: 'The response contains the signing secret. Matching events accepted from then on are delivered.',
  query: noQuery,
  body: endpointBody,
  bodyIs: 'required',
  bodyExample: { tenant: 'acme', ...endpointSettingsExample },
  success: {
    status: 201,
    description: 'The endpoint with its secret.',
    schema: createdEndpointAnswer,
    example: { ...endpointExample, secret: SECRET },
  },
});

export const listEndpoints = operation({
  name: 'listEndpoints',
  method: 'get',
  path: '/v1/endpoints',
  tag,
  role: 'viewer',
  summary: 'List endpoints, newest first',
  description: 'Without their secrets, the values of their headers, and what follows the host in their URLs.',
  query: z.strictObject({ ...tenantQuery, ...endpointFilters, ...pageQuery }),
  body: noBody,
  bodyIs: 'none',
  success: {
    status: 200,
    description: 'A page of endpoints.',
    schema: endpointPage,
    example: { data: [listedEndpointExample], next: null },
  },
});

export const getEndpoint = operation({
  ...one,
  ...plain,
  name: 'getEndpoint',
  method: 'get',
  role: 'viewer',
  summary: 'Read an endpoint',
  description: 'With its health; without its secret and the values of its headers.',
  success: { status: 200, description: 'The endpoint.', schema: endpointAnswer, example: endpointExample },
});

export const patchEndpoint = operation({
  ...one,
  name: 'patchEndpoint',
  method: 'patch',
  role: 'admin',
  summary: 'Update an endpoint by a JSON merge patch',
  description:
    'Omitted members stay unchanged; null resets a member to its default. Objects are merged; a header is found in whatever case.',
  query: noQuery,
  // Validated as a whole after the merge, so that errors refer to the resulting endpoint.
  body: z.unknown(),
  bodyDocument: endpointPatch,
  bodyIs: 'required',
  bodyExample: { state: 'paused', filter: null, retry_policy: { max_attempts: 20 } },
  success: {
    status: 200,
    description: 'The updated endpoint.',
    schema: endpointAnswer,
    example: { ...endpointExample, state: 'paused', filter: null },
  },
  refusals: [
    busy,
    {
      kind: 'invalid',
      detail: 'The endpoint is not valid: correct the fields named in errors.',
      errors: [{ path: 'retry_policy.max_attempts', message: 'Use at most 50.' }],
    },
    nothingToKeep,
  ],
});

export const replaceEndpoint = operation({
  ...one,
  name: 'replaceEndpoint',
  method: 'put',
  role: 'admin',
  summary: "Replace an endpoint's settings",
  description:
    'Omitted members take their defaults. Id, tenant and secret are kept, and the value of each header that is `[set]`.',
  query: noQuery,
  body: endpointReplacement,
  bodyIs: 'required',
  bodyExample: endpointSettingsExample,
  success: { status: 200, description: 'The updated endpoint.', schema: endpointAnswer, example: endpointExample },
  refusals: [busy, nothingToKeep],
});

export const deleteEndpoint = operation({
  ...one,
  ...plain,
  name: 'deleteEndpoint',
  method: 'delete',
  role: 'admin',
  summary: 'Delete an endpoint',
  description: 'Its unfinished deliveries are discarded.',
  success: { status: 204, description: 'Deleted.' },
  refusals: [busy],
});

export const revealSecret = operation({
  ...plain,
  name: 'revealSecret',
  method: 'get',
  path: '/v1/endpoints/{id}/secret',
  id: 'ep',
  tag,
  role: 'admin',
  summary: "Reveal an endpoint's signing secret",
  description: 'The reveal is recorded in the audit trail first.',
  success: { status: 200, description: 'The secret.', schema: secretAnswer, example: secretExample },
});

export const revealHeaders = operation({
  ...plain,
  name: 'revealHeaders',
  method: 'get',
  path: '/v1/endpoints/{id}/headers',
  id: 'ep',
  tag,
  role: 'admin',
  summary: "Reveal the values of an endpoint's headers",
  description: 'The reveal is recorded in the audit trail first.',
  success: { status: 200, description: 'The headers.', schema: headersAnswer, example: headersExample },
});

export const rotateSecret = operation({
  name: 'rotateSecret',
  method: 'post',
  path: '/v1/endpoints/{id}/secret/rotate',
  id: 'ep',
  tag,
  role: 'admin',
  summary: "Rotate an endpoint's signing secret",
  description:
    'Until the overlap ends, the old secret also signs `webhook-signature` and every header that can hold several signatures; one that holds a single signature, such as that of `github`, `simple` or `convoy`, is by the old secret until it ends, and then by the new one. `overlap_seconds` 0 revokes all previous secrets. Changes reach deliveries within 5 seconds.',
  query: noQuery,
  body: rotation,
  bodyIs: 'optional',
  bodyExample: { overlap_seconds: 3_600 },
  success: { status: 200, description: 'The new secret.', schema: secretAnswer, example: secretExample },
  refusals: [
    busy,
    {
      kind: 'conflict',
      detail:
        '4 previous secrets still sign, which is the maximum: rotate again after 2026-11-23T10:00:00.000Z, when the next one expires, or with overlap_seconds 0, which revokes them all.',
    },
    {
      kind: 'invalid',
      detail: 'The rotation is not valid: correct the fields named in errors.',
      errors: [{ path: 'secret', message: SECRET_RULE }],
    },
  ],
});

export const testEndpoint = operation({
  query: noQuery,
  body: testBody,
  bodyIs: 'optional',
  bodyExample: { type: 'order.created', data: { order_id: 'ord_98765' } },
  name: 'testEndpoint',
  method: 'post',
  path: '/v1/endpoints/{id}/test',
  id: 'ep',
  tag,
  role: 'admin',
  summary: 'Send a test event to an endpoint',
  description:
    'Sends a webhook to this endpoint only, whatever it subscribes to: a `postrider.test`, or one with the given type, version and data, which are not checked against the catalogue. It is listed as a `postrider.test`.',
  success: {
    status: 202,
    description: 'The pending delivery.',
    schema: deliveryAnswer,
    example: { ...pendingDeliveryExample, event_type: 'postrider.test' },
  },
  refusals: [{ kind: 'conflict', detail: 'The endpoint is disabled: set its state to active first, then test it.' }],
});
