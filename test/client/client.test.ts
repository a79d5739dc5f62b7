import { ApiError, createClient, everyItem, jsonText, ok, publish } from '@postrider/client';
import { describe, expect, it } from 'vitest';
import { ApiWorld, ENDPOINT } from '../support/api-world.ts';

const URL_OF_API = 'http://api.invalid';

/** A client of the management API, over memory fakes. */
function clientOf(world: ApiWorld, key: string | undefined = world.admin) {
  return createClient({ url: URL_OF_API, key, fetch: async (request) => world.app.fetch(request) });
}

describe('a client of the API', () => {
  it('returns the data of a call', async () => {
    const client = clientOf(new ApiWorld());

    const created = await ok(client.POST('/v1/endpoints', { body: ENDPOINT }));

    const params = { path: { id: created.id } };
    const read = await ok(client.GET('/v1/endpoints/{id}', { params }));
    expect(read).toMatchObject({ id: created.id, url: ENDPOINT.url });
    expect(await ok(client.DELETE('/v1/endpoints/{id}', { params }))).toBeUndefined();
  });

  it('throws the content of a problem document, field by field', async () => {
    const client = clientOf(new ApiWorld());
    const body = { ...ENDPOINT, timeout_seconds: 31 };

    const refused = await ok(client.POST('/v1/endpoints', { body })).catch((error: unknown) => error);

    if (!(refused instanceof ApiError)) expect.fail('The call was not refused as the API refuses.');
    expect(refused.status).toBe(422);
    expect(refused.problem).toMatchObject({ type: 'urn:postrider:problem:invalid', title: expect.any(String) });
    expect(refused.message).toContain('timeout_seconds: Use at most 30.');
  });

  it('also reports errors in the format of API Gateway', async () => {
    const fetch = async () => Response.json({ message: 'Too Many Requests' }, { status: 429 });
    const client = createClient({ url: URL_OF_API, key: 'pr_x', fetch });

    const refused = ok(client.GET('/v1/endpoints'));

    await expect(refused).rejects.toMatchObject({ status: 429, problem: undefined });
    await expect(refused).rejects.toThrow('Answered 429 by the API: {"message":"Too Many Requests"}');
  });

  it('calls operations that need no key without one', async () => {
    const authorizations: (string | null)[] = [];
    const fetch = async (request: Request) => {
      authorizations.push(request.headers.get('authorization'));
      return Response.json({ status: 'ok' });
    };

    await ok(createClient({ url: URL_OF_API, fetch }).GET('/healthz'));
    await ok(createClient({ url: URL_OF_API, fetch, key: 'pr_x' }).GET('/healthz'));

    expect(authorizations).toEqual([null, 'Bearer pr_x']);
  });

  it('iterates over a list to its end, page by page', async () => {
    const world = new ApiWorld();
    const client = clientOf(world);
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.unshift(await world.endpoint());

    const seen: string[] = [];
    const query = { limit: 2 };
    for await (const { id } of everyItem((from) =>
      client.GET('/v1/endpoints', { params: { query: { ...query, ...from } } }),
    )) {
      seen.push(id);
    }

    expect(seen).toEqual(made);
  });

  it('fetches a further page only when needed', async () => {
    const world = new ApiWorld();
    for (let count = 0; count < 3; count++) await world.endpoint();
    const asked = () => world.lines.filter(({ method }) => method === 'GET').length;

    const items = everyItem((from) =>
      clientOf(world).GET('/v1/endpoints', { params: { query: { limit: 2, ...from } } }),
    );
    await items.next();

    expect(asked()).toBe(1);
  });

  it('publishes an event as JSON, and text byte for byte', async () => {
    const bodies: string[] = [];
    const fetch = async (request: Request) => {
      bodies.push(`${request.headers.get('content-type')} ${await request.text()}`);
      return Response.json({ id: 'evt_1', duplicate: false }, { status: 202 });
    };
    const text = '{ "type":"order.created", "data":{"n":1234567890123456789,"a":1.0,"t":"\\u00fc"} }';

    const client = createClient({ url: URL_OF_API, key: 'pr_x', fetch });
    await ok(client.POST('/v1/events', jsonText(text)));
    expect(await publish(client, text)).toEqual({ id: 'evt_1', duplicate: false });
    await publish(client, { type: 'order.created', data: 1 });

    expect(bodies).toEqual([
      `application/json ${text}`,
      `application/json ${text}`,
      'application/json {"type":"order.created","data":1}',
    ]);
    expect(() => jsonText('{')).toThrow(SyntaxError);
  });
});
