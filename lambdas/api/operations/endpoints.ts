import * as z from 'zod';
import { operation } from '../operation.ts';
import { noBody, noQuery, pageQuery, tenantQuery } from '../schemas/common.ts';
import { deliveryAnswer } from '../schemas/delivery.ts';
import {
  createdEndpointAnswer,
  endpointAnswer,
  endpointBody,
  endpointPage,
  endpointPatch,
  endpointReplacement,
  rotation,
  secretAnswer,
} from '../schemas/endpoint.ts';

const tag = 'Endpoints';
const one = { path: '/v1/endpoints/{id}', id: 'ep', tag } as const;
const plain = { query: noQuery, body: noBody, bodyIs: 'none' } as const;

export const createEndpoint = operation({
  name: 'createEndpoint',
  method: 'post',
  path: '/v1/endpoints',
  tag,
  role: 'admin',
  summary: 'Create an endpoint',
  description: 'The answer holds the signing secret. Events accepted from now on are delivered to it.',
  query: noQuery,
  body: endpointBody,
  bodyIs: 'required',
  success: { status: 201, description: 'The endpoint with its secret.', schema: createdEndpointAnswer },
});

export const listEndpoints = operation({
  name: 'listEndpoints',
  method: 'get',
  path: '/v1/endpoints',
  tag,
  role: 'viewer',
  summary: 'List endpoints, newest first',
  query: z.strictObject({ ...tenantQuery, ...pageQuery }),
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'A page of endpoints.', schema: endpointPage },
});

export const getEndpoint = operation({
  ...one,
  ...plain,
  name: 'getEndpoint',
  method: 'get',
  role: 'viewer',
  summary: 'Read an endpoint',
  success: { status: 200, description: 'The endpoint.', schema: endpointAnswer },
});

export const patchEndpoint = operation({
  ...one,
  name: 'patchEndpoint',
  method: 'patch',
  role: 'admin',
  summary: 'Change an endpoint by a JSON merge patch',
  description: 'Members that are left out stay as they are; null gives a member its default. Objects are merged.',
  query: noQuery,
  // Checked as a whole after it is merged, so that the faults are those of the endpoint that would result.
  body: z.unknown(),
  bodyDocument: endpointPatch,
  bodyIs: 'required',
  success: { status: 200, description: 'The endpoint as it is now.', schema: endpointAnswer },
  refusals: ['conflict'],
});

export const replaceEndpoint = operation({
  ...one,
  name: 'replaceEndpoint',
  method: 'put',
  role: 'admin',
  summary: "Replace an endpoint's settings",
  description: 'What is left out takes its default. Id, tenant, secret and health stay.',
  query: noQuery,
  body: endpointReplacement,
  bodyIs: 'required',
  success: { status: 200, description: 'The endpoint as it is now.', schema: endpointAnswer },
  refusals: ['conflict'],
});

export const deleteEndpoint = operation({
  ...one,
  ...plain,
  name: 'deleteEndpoint',
  method: 'delete',
  role: 'admin',
  summary: 'Delete an endpoint',
  description: 'Deliveries on their way to it are discarded.',
  success: { status: 204, description: 'Deleted.' },
  refusals: ['conflict'],
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
  description: 'The reveal stands in the audit trail before this answers.',
  success: { status: 200, description: 'The secret.', schema: secretAnswer },
});

export const rotateSecret = operation({
  name: 'rotateSecret',
  method: 'post',
  path: '/v1/endpoints/{id}/secret/rotate',
  id: 'ep',
  tag,
  role: 'admin',
  summary: 'Give an endpoint a new signing secret',
  description: 'Old and new secret both sign until the overlap ends.',
  query: noQuery,
  body: rotation,
  bodyIs: 'optional',
  success: { status: 200, description: 'The new secret.', schema: secretAnswer },
  refusals: ['conflict'],
});

export const testEndpoint = operation({
  ...plain,
  name: 'testEndpoint',
  method: 'post',
  path: '/v1/endpoints/{id}/test',
  id: 'ep',
  tag,
  role: 'admin',
  summary: 'Send a sample event to this endpoint alone',
  description: 'An event of type `postrider.test`, whatever the endpoint subscribes to.',
  success: { status: 202, description: 'The delivery, pending.', schema: deliveryAnswer },
  refusals: ['conflict'],
});
