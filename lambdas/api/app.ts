import { Hono } from 'hono/tiny';
import { createAuthenticator } from '../../core/keys/authenticate.ts';
import { auditRoutes } from './audit/routes.ts';
import { CAPABILITY_OF } from './capabilities.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import { endpointRoutes } from './endpoints/routes.ts';
import { eventTypeRoutes } from './event-types/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { filterRoutes } from './filters/routes.ts';
import { jobRoutes } from './jobs/routes.ts';
import { keyRoutes } from './keys/routes.ts';
import { createOpenApi } from './openapi/document.ts';
import { portalSettingsRoutes } from './portal-settings/routes.ts';
import type { ApiPorts } from './ports.ts';
import { checked } from './request.ts';
import { isMistaken, jsonResponse, refusal, respond, unrouted } from './respond.ts';
import type { Route } from './route.ts';
import { createDiscovery } from './service/discovery.ts';
import { discovery, health, openApi } from './service/operations.ts';
import { redeemPortalSession, signInAsAdmin, signInAsViewer } from './sessions/operations.ts';
import { redeemSession, sessionRoutes, signInWithRole } from './sessions/routes.ts';
import { statsRoutes } from './stats/routes.ts';
import { systemRoutes } from './system/routes.ts';
import { tenantRoutes } from './tenants/routes.ts';
import { unreadableRoutes } from './unreadable/routes.ts';

type Env = {
  /** Who signed the request, on a route that API Gateway authorized by IAM. */
  Bindings: { principalArn?: string | undefined };
  Variables: { route: string; keyId: string };
};

const honoPath = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** The management API: every route of the definition except ingest's. */
export function createApp(ports: ApiPorts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (context, next) => {
    const began = ports.clock();
    await next();
    const { method } = context.req;
    // Log the pattern, not the path: ids are private, and an unknown path may hold anything.
    const route = context.get('route') ?? 'none';
    ports.log({ method, route, status: context.res.status, ms: ports.clock() - began, keyId: context.get('keyId') });
  });
  app.use(async ({ req }, next) => {
    // The small router would ignore a slash at the end of a path.
    if (req.path.endsWith('/') || isMistaken(req.method, req.path)) return unrouted(req.method, req.path);
    await next();
  });
  serveOpen(app, ports);
  serveSigned(app, ports);
  const routes = [
    eventRoutes,
    endpointRoutes,
    filterRoutes,
    deliveryRoutes,
    jobRoutes,
    keyRoutes,
    sessionRoutes,
    portalSettingsRoutes,
    eventTypeRoutes,
    statsRoutes,
    systemRoutes,
    tenantRoutes,
    auditRoutes,
    unreadableRoutes,
  ].flatMap((group) => group(ports));
  serve(app, routes, ports);
  app.notFound((context) => unrouted(context.req.method, context.req.path));
  app.onError((fault) => refusal(ports.refusalOf(fault)));
  return app;
}

function serve(app: Hono<Env>, routes: Route[], ports: ApiPorts): void {
  const authenticate = createAuthenticator(ports);
  for (const { operation, answer } of routes) {
    app.on(operation.method, honoPath(operation.path), async (context) => {
      context.set('route', operation.path);
      // Deny by default: a route that names no role requires an admin key, one without a capability refuses the portal.
      const { role, name } = operation;
      const key = await authenticate(context.req.header('authorization'), role ?? 'admin', CAPABILITY_OF[name]);
      context.set('keyId', key.id);
      return respond(operation, await answer({ key, ...(await checked(operation, context.req)) }));
    });
  }
}

/** Operators sign in with an AWS role. What the gateway says decides, on these routes and on no other. */
function serveSigned(app: Hono<Env>, ports: ApiPorts): void {
  for (const [role, operation] of [
    ['viewer', signInAsViewer],
    ['admin', signInAsAdmin],
  ] as const) {
    app.on(operation.method, operation.path, async (context) => {
      context.set('route', operation.path);
      // A test's request, and one that came by another route, has no bindings.
      const { principalArn } = context.env ?? {};
      const { body } = await checked(operation, context.req);
      return respond(operation, await signInWithRole(role, principalArn, operation.body.parse(body), ports));
    });
  }
}

function serveOpen(app: Hono<Env>, ports: ApiPorts): void {
  let document: string | undefined;
  const discover = createDiscovery(ports);
  app.get(discovery.path, async (context) => {
    context.set('route', discovery.path);
    const { cursor } = discovery.query.parse((await checked(discovery, context.req)).query);
    return jsonResponse(200, await discover(cursor), { 'cache-control': 'public, max-age=60' });
  });
  app.on(redeemPortalSession.method, redeemPortalSession.path, async (context) => {
    context.set('route', redeemPortalSession.path);
    const { body } = await checked(redeemPortalSession, context.req);
    return respond(redeemPortalSession, await redeemSession(redeemPortalSession.body.parse(body), ports));
  });
  app.get(health.path, (context) => {
    context.set('route', health.path);
    return jsonResponse(200, '{"status":"ok"}');
  });
  app.get(openApi.path, (context) => {
    context.set('route', openApi.path);
    // Built on first request, so that a cold start does not pay for it.
    document ??= JSON.stringify(createOpenApi());
    return jsonResponse(200, document);
  });
}
