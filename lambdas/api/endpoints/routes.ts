import { sendTest } from '../../../core/deliveries/send-test.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { type EndpointWithHealth, freshHealth } from '../../../core/endpoints/health.ts';
import * as manage from '../../../core/endpoints/manage.ts';
import { revealHeaders, revealSecret, rotateSecret } from '../../../core/endpoints/secrets.ts';
import { EVENT_BYTES_MAX } from '../../../core/events/input.ts';
import { memberText } from '../../../core/events/raw-json.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { actorOf } from '../../../core/keys/key.ts';
import { readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { collectPage, type Segment } from '../../../core/listing/page.ts';
import { Problem } from '../../../core/problem.ts';
import { HEARTBEAT_TENANT } from '../../../core/tenant.ts';
import { traceIdOf } from '../../runtime/trace.ts';
import { pendingOnWire } from '../deliveries/schemas.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { listedTenant, maySee, notFound } from '../scope.ts';
import * as operations from './operations.ts';
import { endpointOnWire, listedOnWire, passes, secretOnWire } from './schemas.ts';

const ENDPOINT_ID = /^ep_[0-9a-z]{26}$/;

/** The routes of endpoints. */
export function endpointRoutes(ports: ApiPorts): Route[] {
  const find = async (key: Caller, id: string) => {
    const found = await ports.endpoints.find(id);
    if (found === undefined || !maySee(key, found.endpoint.tenant)) throw notFound('endpoint');
    return found;
  };
  /** The same, to change it: nobody changes the heartbeat's, which would undo that at its next run. */
  const findOwn = async (key: Caller, id: string) => {
    const found = await find(key, id);
    if (found.endpoint.tenant !== HEARTBEAT_TENANT) return found;
    throw new Problem('forbidden', "The heartbeat's endpoint is kept by Postrider itself: it can only be read.");
  };
  /** Lists are eventually consistent: each endpoint is read again, with its health. */
  const segment = async (tenant: string | null, after: string | null, limit: number) => {
    const { items, next } = await ports.endpoints.list(tenant, limit, after);
    const ids = items.map(({ id }) => id);
    const { endpoints } = await ports.ledger.load([], ids);
    const found = ids.flatMap((position) => {
      const item = endpoints.get(position);
      return item === undefined ? [] : [{ item, position }];
    });
    return { found, examined: ids.length, next } satisfies Segment<EndpointWithHealth>;
  };
  /** A change of an endpoint may reset its health. */
  const withHealth = async (endpoint: Endpoint) =>
    endpointOnWire(endpoint, await ports.health.find(endpoint.id), ports.clock());

  return [
    route(operations.createEndpoint, async ({ key, body }) => {
      const { endpoint, secret } = await manage.createEndpoint(body, key, ports);
      const value = { ...endpointOnWire(endpoint, freshHealth(endpoint.id), ports.clock()), secret };
      return { value, location: `/v1/endpoints/${endpoint.id}` };
    }),

    listRoute(operations.listEndpoints, async ({ key, query: { tenant: named, limit, cursor, ...filters } }) => {
      const tenant = listedTenant(key, named);
      const { state, circuit, url, type } = filters;
      const query = ['endpoints', tenant, state, circuit, url, type];
      const after = readCursor(query, cursor, ENDPOINT_ID);
      const now = ports.clock();
      const { items, next } = await collectPage(
        (at, count) => segment(tenant, at, count),
        (found) => passes(found, filters, now),
        { limit, after },
      );
      const data = items.map(({ endpoint, health }) => listedOnWire(endpoint, health, now));
      return { data, next: writeCursor(query, next) };
    }),

    route(operations.getEndpoint, async ({ key, id }) => {
      const { endpoint, health } = await find(key, id);
      // The answer needs none of it, and the next read or change seals them too.
      await manage.sealStoredHeaders(endpoint, ports).catch(ports.headersNotSealed);
      return { value: endpointOnWire(endpoint, health, ports.clock()) };
    }),

    route(operations.patchEndpoint, async ({ key, id, body }) => {
      await findOwn(key, id);
      return { value: await withHealth(await manage.patchEndpoint({ id, actor: actorOf(key) }, body, ports)) };
    }),

    route(operations.replaceEndpoint, async ({ key, id, body }) => {
      await findOwn(key, id);
      return { value: await withHealth(await manage.replaceEndpoint({ id, actor: actorOf(key) }, body, ports)) };
    }),

    route(operations.deleteEndpoint, async ({ key, id }) => {
      await findOwn(key, id);
      await manage.deleteEndpoint({ id, actor: actorOf(key) }, ports);
      return { empty: true };
    }),

    route(operations.revealSecret, async ({ key, id }) => {
      const { endpoint } = await find(key, id);
      const secret = await revealSecret(endpoint, actorOf(key), ports);
      return { value: secretOnWire(endpoint, secret, ports.clock()) };
    }),

    route(operations.revealHeaders, async ({ key, id }) => {
      const { endpoint } = await find(key, id);
      return { value: { headers: await revealHeaders(endpoint, actorOf(key), ports) } };
    }),

    route(operations.rotateSecret, async ({ key, id, body: { secret: wanted, overlap_seconds: overlapSeconds } }) => {
      await findOwn(key, id);
      const target = { id, actor: actorOf(key) };
      const { endpoint, secret } = await rotateSecret(target, { secret: wanted, overlapSeconds }, ports);
      return { value: secretOnWire(endpoint, secret, ports.clock()) };
    }),

    route(operations.testEndpoint, async ({ key, id, body: { type, version }, text, header }) => {
      const { endpoint } = await findOwn(key, id);
      const by = { actor: actorOf(key), traceId: traceIdOf(header('traceparent'), ports.random) };
      const event = await sendTest(endpoint, { type, version, dataText: dataTextIn(text) }, by, ports);
      return { value: pendingOnWire(event, id) };
    }),
  ];
}

/** The text of a body's `data`; undefined if it has none. @throws Problem `too_large`. */
function dataTextIn(body: string): string | undefined {
  const text = body.trim() === '' ? undefined : memberText(body, 'data');
  if (text === undefined || Buffer.byteLength(text) <= EVENT_BYTES_MAX) return text;
  throw new Problem('too_large', 'The data of an event may be at most 1 MiB.');
}
