import { expect } from 'vitest';
import * as z from 'zod';
import { type Api, createApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { githubExamples } from '../support/github-examples.ts';
import { expectProblem } from '../support/problems.ts';
import type { Target } from '../support/target.ts';

const page = z.object({ event_types: z.array(z.object({ name: z.string() })), next: z.string().nullable() });

/** GitHub's push event, the parts that a receiver needs. */
const PUSH = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['ref', 'commits', 'repository'],
  properties: {
    ref: { type: 'string', pattern: '^refs/' },
    commits: { type: 'array', items: { $ref: '#/$defs/commit' } },
    repository: { type: 'object', required: ['full_name'], dependentRequired: { license: ['name'] } },
  },
  $defs: {
    commit: { type: 'object', required: ['id', 'message'], properties: { id: { type: 'string', minLength: 40 } } },
  },
};

const put = (api: Api, name: string, body: object) => api.request('PUT', `/v1/event-types/${name}`, { body });
const publish = (api: Api, event: object, key?: string) =>
  api.request('POST', '/v1/events', { body: event, headers: key === undefined ? {} : { 'idempotency-key': key } });

/** Real payloads pass their schema; errors are named, and nothing of an invalid request is accepted. */
export async function dataIsValidated(target: Target): Promise<void> {
  const api = createApi(target);
  const type = 'event-types.push';
  const pushes = githubExamples().filter((example) => example.type === 'github.push');
  const [push] = pushes;
  const example: unknown = JSON.parse(push?.data ?? expect.fail('no example of a push'));
  expect((await put(api, type, { schema: PUSH, example })).status).toBe(201);
  for (const { data } of pushes) await api.publish(`{"type":"${type}","data":${data}}`);

  const broken = { ref: 'main', commits: [{ id: 'short', message: 'm' }], repository: {} };
  const refused = await publish(api, { type, data: broken });
  expectProblem(refused, 422, ['data.ref', 'data.commits.0.id', 'data.repository.full_name']);
  expect(refused.text).not.toContain('short');
  const events = [
    { type, data: example },
    { type, data: 1 },
  ];
  expectProblem(await api.request('POST', '/v1/events', { body: events }), 422, ['1.data']);
  expectProblem(await publish(api, { type, version: '2', data: example }), 422, ['version']);
}

/** A new version applies by default; events may name the previous one; without the type, anything is accepted. */
export async function versionsAreSuccessive(target: Target): Promise<void> {
  const api = createApi(target);
  const type = 'event-types.versions';
  const first = { version: '1', schema: { type: 'string' } };
  const second = { version: '2', schema: { type: 'number' }, example: 1 };
  await publish(api, { type, data: [] }, 'before-any-schema');
  await put(api, type, { versions: [first] });
  await eventually(async () => expectProblem(await publish(api, { type, data: 1 }), 422, ['data']));
  expect((await publish(api, { type, data: [] }, 'before-any-schema')).status).toBe(202);

  const replaced = await put(api, type, { versions: [first, second] });
  expect(replaced.status).toBe(200);
  expectProblem(await put(api, type, { versions: [{ ...second, example: 'x' }] }), 422, ['versions.0.example']);
  expect((await publish(api, { type, data: 1 })).status).toBe(202);
  expect((await publish(api, { type, version: '1', data: 'x' })).status).toBe(202);
  await eventually(async () => expectProblem(await publish(api, { type, data: 'x' }), 422, ['data']));

  expect((await api.request('DELETE', `/v1/event-types/${type}`)).status).toBe(204);
  expect((await publish(api, { type, data: 'x' })).status).toBe(202);
}

/** Hostile schemas are refused or bounded, and the functions keep working. */
export async function hostileSchemasAreBounded(target: Target): Promise<void> {
  const api = createApi(target);
  const type = 'event-types.hostile';
  const remote = { properties: { x: { $ref: 'http://169.254.169.254/latest' } } };
  expectProblem(await put(api, type, { schema: remote }), 422, ['schema.properties.x.$ref']);
  const bomb = `{"schema":${'{"not":'.repeat(20_000)}true${'}'.repeat(20_000)}}`;
  expectProblem(await api.request('PUT', `/v1/event-types/${type}`, { body: bomb }), 422, ['schema']);
  const endless = { schema: { pattern: '^(a+)+$' } };
  const victim = `${'a'.repeat(60)}!`;
  expectProblem(await put(api, type, { ...endless, example: victim }), 422, ['example']);
  expect((await put(api, type, endless)).status).toBe(201);
  await eventually(async () => expectProblem(await publish(api, { type, data: victim }), 422, ['data']));
  await put(api, type, { schema: { items: { $ref: '#' } } });
  const deep = `{"type":"${type}","data":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
  await eventually(async () => expectProblem(await api.request('POST', '/v1/events', { body: deep }), 422, ['data']));
  expect((await publish(api, { type, data: [[]] })).status).toBe(202);
}

/** Receivers can list the event types without a key. */
export async function discoveryListsTypes(target: Target): Promise<void> {
  const api = createApi(target);
  await put(api, 'event-types.discovered', { description: 'Found.', schema: { type: 'string' } });
  await eventually(async () => {
    const { status, text } = await api.request('GET', '/.well-known/webhooks', { key: null });
    expect(status).toBe(200);
    expect(page.parse(JSON.parse(text)).event_types.map(({ name }) => name)).toContain('event-types.discovered');
  });
}
