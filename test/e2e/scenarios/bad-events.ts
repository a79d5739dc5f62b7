import { expect } from 'vitest';
import { expectProblem } from '../support/problems.ts';
import type { Target } from '../support/target.ts';
import { openTenant, type Tenant } from '../support/tenant.ts';
import { untilReceived } from '../support/webhooks.ts';

const MIB = 1024 * 1024;

interface Bad {
  readonly body: string;
  readonly status: number;
  /** The fields that the response must name, and no others. */
  readonly paths: readonly string[];
}

/** Requests that POST /v1/events must refuse, by their error. */
function badRequests({ name: tenant, event }: Tenant): Record<string, Bad> {
  const json = (value: object) => JSON.stringify({ type: 'a.b', data: 1, tenant, ...value });
  const field = (path: string, value: unknown): Bad => ({ body: json({ [path]: value }), status: 422, paths: [path] });
  const good = Array.from({ length: 101 }, () => event('a.b', '1'));
  const padded = (bytes: number) => event('a.b', `"${'x'.repeat(bytes - event('a.b', '""').length)}"`);
  return {
    'not JSON': { body: '{"type":"a.b","data":', status: 400, paths: [''] },
    'no body': { body: '', status: 400, paths: [''] },
    'JSON with a comma too many': { body: `[${good[0]},]`, status: 400, paths: [''] },
    'neither object nor list': { body: '"event"', status: 422, paths: [''] },
    'an empty list': { body: '[]', status: 422, paths: [''] },
    'a list in a list': { body: `[[${good[0]}]]`, status: 422, paths: ['0'] },
    'an unknown field': field('colour', 'red'),
    'a type that is no text': field('type', 7),
    'an empty type': field('type', ''),
    'a type with a space': field('type', 'order created'),
    'a type with an empty word': field('type', 'order..created'),
    'a type of nine words': field('type', 'a.b.c.d.e.f.g.h.i'),
    'a type that is too long': field('type', 'a'.repeat(129)),
    'a reserved type': field('type', 'postrider.endpoint.disabled'),
    'no type': { body: JSON.stringify({ data: 1, tenant }), status: 422, paths: ['type'] },
    'no data': { body: JSON.stringify({ type: 'a.b', tenant }), status: 422, paths: ['data'] },
    'a tenant with a slash': field('tenant', 'a/b'),
    'a tenant that is too long': field('tenant', 'a'.repeat(65)),
    'a version that is a number': field('version', 2),
    'metadata that is no text': { body: json({ metadata: { a: 1 } }), status: 422, paths: ['metadata.a'] },
    'too much metadata': field('metadata', Object.fromEntries(good.map((_, index) => [`k${index}`, 'v']))),
    'a relative resource URL': field('resource_url', '/orders/1'),
    'a timestamp that is none': field('timestamp', 'yesterday'),
    'an empty idempotency key': field('idempotency_key', ''),
    'an idempotency key that is too long': field('idempotency_key', 'k'.repeat(257)),
    'several faults at once': { body: json({ type: '', version: 2 }), status: 422, paths: ['type', 'version'] },
    'an event of 1 MiB and a byte': { body: padded(MIB + 1), status: 413, paths: [''] },
    'a list with an event of 1 MiB and a byte': { body: `[${good[0]},${padded(MIB + 1)}]`, status: 413, paths: ['1'] },
    'a request of 3 MiB': { body: `[${good[0]}${' '.repeat(3 * MIB)}]`, status: 413, paths: [] },
    '101 events': { body: `[${good.join(',')}]`, status: 422, paths: [''] },
    'one bad event of 100': {
      body: `[${good.slice(0, 70)},${json({ type: 'order created' })},${good.slice(0, 29)}]`,
      status: 422,
      paths: ['70.type'],
    },
  };
}

/** Each gets a problem document that names the field; nothing is stored or sent. */
export async function badEventsAreRefused(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'bad-events');
  const { api } = tenant;
  const { hook } = await tenant.subscribe({ event_types: ['*'] });

  for (const [what, { body, status, paths }] of Object.entries(badRequests(tenant))) {
    const answer = await api.request('POST', '/v1/events', { body });
    expect.soft(() => expectProblem(answer, status, paths), what).not.toThrow();
  }

  expect(await api.eventIds(tenant.name)).toEqual([]);
  // Anything sent earlier would have arrived before this one.
  const { id } = await tenant.publish('a.b', '1');
  await untilReceived(hook, 1);
  expect(hook.received).toMatchObject([{ id }]);
}
