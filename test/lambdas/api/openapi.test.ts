import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createOpenApi } from '../../../lambdas/api/openapi/document.ts';
import type { IdKind } from '../../../lambdas/api/operation.ts';
import { operations } from '../../../lambdas/api/operations.ts';
import { ApiWorld } from '../../support/api-world.ts';

const content = z.record(
  z.string(),
  z.looseObject({ example: z.unknown(), examples: z.record(z.string(), z.object({ value: z.unknown() })) }).partial(),
);
const response = z.looseObject({ description: z.string(), content: content.optional() });
const referenced = z.union([z.object({ $ref: z.string() }), response]);
const parameter = z.object({ name: z.string(), in: z.string(), required: z.boolean().optional() });
const documented = z.looseObject({
  operationId: z.string(),
  summary: z.string().min(1),
  description: z.string().min(1),
  tags: z.array(z.string()).length(1),
  parameters: z.array(parameter),
  requestBody: z.looseObject({ required: z.boolean(), content }).optional(),
  security: z.array(z.unknown()).optional(),
  responses: z.record(z.string(), referenced),
});
const openApi = z.looseObject({
  openapi: z.literal('3.1.0'),
  tags: z.array(z.object({ name: z.string(), description: z.string().min(1) })),
  paths: z.record(z.string(), z.record(z.string(), documented)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    responses: z.record(z.string(), response),
  }),
});

const document = openApi.parse(createOpenApi());
const all = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, one]) => ({ path, method, ...one })),
);

/** Every `$ref` within a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => (name === '$ref' ? [String(part)] : refsIn(part)));
}

describe('the OpenAPI document', () => {
  it('is in the repository as the code generates it (refresh: npx vitest run test/lambdas/api/openapi.test.ts -u)', async () => {
    await expect(`${JSON.stringify(createOpenApi(), null, 2)}\n`).toMatchFileSnapshot('../../../docs/openapi.json');
  });

  it('is what the API serves', async () => {
    expect((await new ApiWorld().get('/openapi.json', null)).body).toEqual(JSON.parse(JSON.stringify(createOpenApi())));
  });

  it('lists every operation once, publishing included', () => {
    expect(all.map(({ path, method }) => `${method} ${path}`).sort()).toEqual(
      operations.map(({ path, method }) => `${method} ${path}`).sort(),
    );
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    expect(document.paths['/v1/events']?.post?.requestBody).toMatchObject({ required: true });
  });

  it.each(all)(
    'documents the errors of $method $path',
    ({ method, path, description, security, requestBody, responses }) => {
      const refusals = Object.keys(responses).filter((status) => Number(status) >= 400);
      const isOpen = security?.length === 0;
      const isForAll = description.includes('API key of any role');
      const always = ['429', '500', '503', ...(isOpen ? [] : ['401', '422']), ...(isOpen || isForAll ? [] : ['403'])];
      expect(refusals).toEqual(expect.arrayContaining(always));
      expect(refusals.includes('404')).toBe(path.includes('{'));
      expect(refusals.includes('400')).toBe(method !== 'get');
      expect(refusals.includes('413')).toBe(requestBody !== undefined);
    },
  );

  it('has no dangling reference', () => {
    const missing = refsIn(document).filter((pointer) => {
      const [, kind = '', group = '', name = ''] = pointer.split('/');
      const { schemas, responses: shared } = document.components;
      return !(kind === 'components' && name in (group === 'schemas' ? schemas : group === 'responses' ? shared : {}));
    });
    expect(missing).toEqual([]);
  });

  it('links each id in a response to the operation that reads it', () => {
    const reads = (path: string, status: string) => document.paths[path]?.post?.responses[status];
    const parameters = { id: '$response.body#/id' };
    expect(reads('/v1/events', '202')).toMatchObject({ links: { getEvent: { operationId: 'getEvent', parameters } } });
    expect(reads('/v1/endpoints/{id}/test', '202')).toMatchObject({ links: { getDelivery: { parameters } } });
    expect(reads('/v1/endpoints/{id}/secret/rotate', '200')).not.toHaveProperty('links');
  });

  it('names the parameters of a list', () => {
    const { parameters } = documented.parse(document.paths['/v1/deliveries']?.get);
    expect(parameters.map(({ name }) => name)).toEqual([
      'tenant',
      'endpoint_id',
      'event_id',
      'type',
      'status',
      'from',
      'to',
      'limit',
      'cursor',
    ]);
  });
});

describe('answers', () => {
  it('match the document', async () => {
    const world = new ApiWorld();
    const endpoint = await world.endpoint();
    const event = world.event([endpoint]);
    await world.payloads.put(event.payload.key, '{}');
    const delivery = world.delivery(event, endpoint);
    const [key] = (await world.get('/v1/keys')).list.ids;
    const session = (await world.post('/v1/portal-sessions', {})).field('id');
    const job = (await world.post('/v1/redrives', {})).field('id');
    await world.request('PUT', '/v1/event-types/order.created', { body: { schema: true, example: [1] } });
    await world.unreadable.put({ queue: 'fanout', reason: 'not_json', setAsideAt: world.now, body: '{' });
    const [ltr = ''] = (await world.get('/v1/unreadable')).list.ids;
    const named: Record<IdKind, string> = {
      ...{ ep: endpoint, evt: event.id, dlv: delivery, job, key: key ?? '', ses: session, ltr },
      event_type: 'order.created',
    };
    for (const { name, method, path, id, success } of operations) {
      if (method !== 'get') continue;
      const { body } = await world.get(path.replace(/\{\w+\}/, id === undefined ? '' : named[id]));
      const schema =
        success.schema instanceof z.ZodObject && name !== 'openApi' ? success.schema.strict() : success.schema;
      expect([name, schema?.safeParse(body).error]).toEqual([name, undefined]);
    }
  });
});
