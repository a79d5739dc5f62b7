import type * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { type Caller, tenantFor } from '../../../core/keys/authenticate.ts';
import { actorOf, isSession } from '../../../core/keys/key.ts';
import { readCursor, writeCursor } from '../../../core/listing/cursor.ts';
import { listPage } from '../../../core/listing/page.ts';
import { Problem } from '../../../core/problem.ts';
import { livingAmong, livingSession } from '../../../core/sessions/living.ts';
import { createSession, endSession, endSessionsOf, redeemCode } from '../../../core/sessions/manage.ts';
import type { ConsoleRole, NewSession, Parent, Session } from '../../../core/sessions/session.ts';
import { DEFAULT_TENANT, refuseTenant } from '../../../core/tenant.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Answer, type Route, route } from '../route.ts';
import { listedTenant, maySee, notFound } from '../scope.ts';
import * as operations from './operations.ts';
import { assumedRole } from './principal.ts';
import {
  type createdSessionAnswer,
  redeemedOnWire,
  type redemption,
  sessionOnWire,
  type signInBody,
} from './schemas.ts';

const SESSION_ID = /^ses_[0-9a-z]{26}$/;

/** The routes of sessions. An admin bound to a tenant sees, creates and ends only sessions of that tenant. */
export function sessionRoutes(ports: ApiPorts): Route[] {
  const find = async (caller: Caller, id: string) => {
    const found = await livingSession(id, ports);
    if (found === undefined || !maySee(caller, found.session.tenant)) throw notFound('session');
    return found;
  };

  return [
    route(operations.createPortalSession, async ({ key: caller, body }) => {
      const tenant = tenantFor(caller, body.tenant, DEFAULT_TENANT);
      refuseTenant(tenant, []);
      const { subject = actorOf(caller).name, capabilities } = body;
      return create({ role: 'portal', tenant, subject, capabilities, ...madeBy(caller), ...settingsIn(body) }, ports);
    }),

    route(operations.createConsoleSession, async ({ key: caller, body }) => {
      if (isSession(caller)) {
        throw new Problem('forbidden', 'Only an API key creates a session of the console: sign in again.');
      }
      const { tenant, name } = caller;
      const { subject = name, role = caller.role === 'viewer' ? 'viewer' : 'admin' } = body;
      if (role === 'admin' && caller.role !== 'admin') {
        throw new Problem('forbidden', 'This requires the role admin: a viewer creates a session of a viewer.');
      }
      return create({ role, tenant, subject, capabilities: [], ...madeBy(caller), ...settingsIn(body) }, ports);
    }),

    listRoute(operations.listPortalSessions, async ({ key, query: { tenant: named, limit, cursor } }) => {
      const tenant = named === undefined ? key.tenant : listedTenant(key, named);
      const query = ['portal-sessions', tenant];
      const after = readCursor(query, cursor, SESSION_ID);
      const { items, next } = await listPage((count) => ports.sessions.list(tenant, count, after), limit);
      return { data: (await livingAmong(items, ports)).map(sessionOnWire), next: writeCursor(query, next) };
    }),

    route(operations.getPortalSession, async ({ key, id }) => ({
      value: sessionOnWire((await find(key, id)).session),
    })),

    route(operations.endPortalSession, async ({ key, id }) => {
      await endSession(await find(key, id), actorOf(key), ports);
      return { empty: true };
    }),

    route(operations.endPortalSessions, async ({ key, query }) => {
      await endSessionsOf(tenantFor(key, query.tenant, DEFAULT_TENANT), actorOf(key), ports);
      return { empty: true };
    }),
  ];
}

/**
 * Creates a session of the console for an operator whose request API Gateway authorized by IAM. The stage must list the
 * operator's role too: a policy on all routes below `/v1/iam` makes nobody an admin.
 * @throws Problem `unauthenticated`, `forbidden`.
 */
export async function signInWithRole(
  role: ConsoleRole,
  principalArn: string | undefined,
  body: z.output<typeof signInBody>,
  ports: ApiPorts,
): Promise<Answer> {
  if (principalArn === undefined) {
    const detail = 'Sign the request with AWS credentials (SigV4), on a stage that lists roles for this route.';
    throw new Problem('unauthenticated', detail);
  }
  const found = assumedRole(principalArn, ports.signInRoles[role]);
  if (found === undefined) {
    const detail = `The stage does not list this AWS role for the role ${role}: add it to POSTRIDER_${role.toUpperCase()}_ROLES and deploy.`;
    throw new Problem('forbidden', detail);
  }
  const { roleArn: id, sessionName: name } = found;
  const createdBy = { kind: 'iam' as const, id, name };
  const made = { createdBy, parent: null, expiresAtMost: null };
  return create({ role, tenant: null, subject: name, capabilities: [], ...made, ...settingsIn(body) }, ports);
}

/** What a request says about the time and the page of a session. */
function settingsIn(body: z.output<typeof signInBody>) {
  const { expires_in: seconds, return_url: returnUrl, next, theme, locale } = body;
  return { lifeMs: seconds * 1000, returnUrl, next, theme, locale };
}

async function create(wanted: NewSession, ports: ApiPorts): Promise<Answer> {
  const { session, code } = await createSession(wanted, wanted.createdBy, ports);
  return { value: createdOnWire(session, code, ports), location: `/v1/portal-sessions/${session.id}` };
}

/** Begins a session: whoever has its code may. */
export async function redeemSession({ code, nonce }: z.output<typeof redemption>, ports: ApiPorts): Promise<Answer> {
  const { session, token } = await redeemCode({ code, nonce }, ports);
  return { value: redeemedOnWire(session, token) };
}

/** A session ends with what made it, and no later. */
function madeBy(caller: Caller): Pick<NewSession, 'createdBy' | 'parent' | 'expiresAtMost'> {
  const parent: Parent = isSession(caller) ? { kind: 'session', id: caller.id } : { kind: 'api_key', id: caller.hash };
  return { createdBy: actorOf(caller), parent, expiresAtMost: caller.expiresAt };
}

/** What is answered when a session is made: the code is in the fragment, which a browser does not send. */
function createdOnWire(
  { id, role, codeExpiresAt, expiresAt }: Session,
  code: string,
  { publicUrl }: Pick<ApiPorts, 'publicUrl'>,
): z.output<typeof createdSessionAnswer> {
  const page = role === 'portal' ? 'portal' : 'console';
  return {
    id,
    url: `${publicUrl}/${page}/#code=${code}`,
    code_expires_at: isoTime(codeExpiresAt),
    expires_at: isoTime(expiresAt),
  };
}
