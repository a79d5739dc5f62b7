import * as z from 'zod';
import { tenantName } from '../../../core/tenant.ts';
import { noBody, noQuery, pageQuery, tenantQuery } from '../common-schemas.ts';
import { SIGN_IN_PATHS } from '../config.ts';
import { operation, type Refusal } from '../operation.ts';
import { createdSessionExample, portalSessionInputExample, redeemedExample, sessionExample } from './examples.ts';
import {
  consoleSessionBody,
  createdSessionAnswer,
  portalSessionBody,
  redeemedAnswer,
  redemption,
  sessionAnswer,
  sessionPage,
  signInBody,
} from './schemas.ts';

const tag = 'Sessions';
const plain = { tag, role: 'admin', query: noQuery, body: noBody, bodyIs: 'none' } as const;
const one = { ...plain, path: '/v1/portal-sessions/{id}', id: 'ses' } as const;
const busy: Refusal = { kind: 'conflict', detail: 'The session is being changed concurrently: try again.' };

export const createPortalSession = operation({
  name: 'createPortalSession',
  method: 'post',
  path: '/v1/portal-sessions',
  tag,
  role: 'admin',
  summary: "Create a session for a person at a tenant's portal",
  description:
    'Open the URL in the browser of that person, within five minutes: it begins the session, once. If it is used again, the session ends. The session also ends with the key that created it. No session of the portal creates another.',
  query: noQuery,
  body: portalSessionBody,
  bodyIs: 'optional',
  bodyExample: portalSessionInputExample,
  success: {
    status: 201,
    description: 'The session, and the URL that begins it.',
    schema: createdSessionAnswer,
    example: createdSessionExample,
  },
  refusals: [
    {
      kind: 'invalid',
      detail: 'The body is not valid: correct the fields named in errors.',
      errors: [
        { path: 'next', message: 'Use a path within the page, such as /endpoints: it begins with one slash.' },
        { path: 'return_url', message: 'Use an http:// or https:// URL without a user name.' },
      ],
    },
  ],
});

export const redeemPortalSession = operation({
  name: 'redeemPortalSession',
  method: 'post',
  path: '/v1/portal-sessions/redeem',
  tag,
  role: null,
  summary: 'Begin a session with its code',
  description:
    'For the page that the URL opens: it trades the code in the fragment for a token, once. A second use is answered 410 and ends the session that the first began, unless both have the same `nonce`.',
  query: noQuery,
  body: redemption,
  bodyIs: 'required',
  bodyExample: { code: 'psc_01kapj6w3x...', nonce: 'sGq0m3vX1cJr8kQyT5nWzA' },
  success: {
    status: 200,
    description: 'The token, and what the page needs to know.',
    schema: redeemedAnswer,
    example: redeemedExample,
  },
  refusals: [
    { kind: 'gone', detail: 'This link does not work any more: ask for a new one where you found it.' },
    {
      kind: 'gone',
      detail:
        'This link was used before, so the session that it began has been ended: ask for a new link where you found it.',
    },
    busy,
    {
      kind: 'invalid',
      detail: 'The body is not valid: correct the fields named in errors.',
      errors: [{ path: 'code', message: 'Required: a value of type string.' }],
    },
  ],
});

export const listPortalSessions = operation({
  ...plain,
  name: 'listPortalSessions',
  method: 'get',
  path: '/v1/portal-sessions',
  summary: 'List sessions, newest first',
  description: 'Those that have not ended, of tenants and of operators, without their codes and tokens.',
  query: z.strictObject({
    tenant: tenantQuery.tenant.meta({
      description: "Sessions of this tenant. Default: the key's tenant, else all sessions.",
    }),
    ...pageQuery,
  }),
  success: {
    status: 200,
    description: 'A page of sessions.',
    schema: sessionPage,
    example: { data: [sessionExample], next: null },
  },
});

export const getPortalSession = operation({
  ...one,
  name: 'getPortalSession',
  method: 'get',
  summary: 'Read a session',
  description: 'Who uses it and until when; not its code or token. One that has ended is unknown.',
  success: { status: 200, description: 'The session.', schema: sessionAnswer, example: sessionExample },
});

export const endPortalSession = operation({
  ...one,
  name: 'endPortalSession',
  method: 'delete',
  summary: 'End a session',
  description: 'Takes effect everywhere within 60 seconds.',
  success: { status: 204, description: 'Ended.' },
  refusals: [busy],
});

export const endPortalSessions = operation({
  ...plain,
  name: 'endPortalSessions',
  method: 'delete',
  path: '/v1/portal-sessions',
  summary: 'End all sessions of a tenant',
  description:
    'Those that were created until now, whether or not their URLs were opened. Takes effect everywhere within 60 seconds.',
  query: z.strictObject({ tenant: tenantName.meta({ description: 'Required.' }) }),
  success: { status: 204, description: 'Ended.' },
  refusals: [
    busy,
    {
      kind: 'invalid',
      detail: 'The query is not valid: correct the fields named in errors.',
      errors: [{ path: 'tenant', message: 'Required: a value of type string.' }],
    },
  ],
});

const consoleCreated = {
  status: 201,
  description: 'The session, and the URL that begins it.',
  schema: createdSessionAnswer,
  example: { ...createdSessionExample, url: 'https://postrider.example.com/console/#code=psc_01kapj6w3x...' },
} as const;
const badPage: Refusal = {
  kind: 'invalid',
  detail: 'The body is not valid: correct the fields named in errors.',
  errors: [{ path: 'next', message: 'Use a path within the page, such as /endpoints: it begins with one slash.' }],
};

export const createConsoleSession = operation({
  name: 'createConsoleSession',
  method: 'post',
  path: '/v1/console-sessions',
  tag,
  role: 'viewer',
  summary: 'Create a session for an operator at the console',
  description:
    "Like a session of the portal, with a role instead of capabilities: never more than the key's, and of the key's tenant if it is bound to one. Only a key creates one, and the session ends with it.",
  query: noQuery,
  body: consoleSessionBody,
  bodyIs: 'optional',
  bodyExample: { role: 'viewer', subject: 'Jo', next: '/deliveries?status=dead' },
  success: consoleCreated,
  refusals: [badPage],
});

const signIn = {
  method: 'post',
  tag,
  role: null,
  signed: true,
  query: noQuery,
  body: signInBody,
  bodyIs: 'optional',
  bodyExample: { expires_in: 3_600 },
  success: consoleCreated,
} as const;
const notListed = (role: string): Refusal => ({
  kind: 'forbidden',
  detail: `The stage does not list this AWS role for the role ${role}: add it to POSTRIDER_${role.toUpperCase()}_ROLES and deploy.`,
});
const onlyListed =
  'The request is signed (Signature Version 4, service `execute-api`) by a role that the stage lists for this, and a policy of the role must allow `execute-api:Invoke` on this route. The actor is the role, by its ARN and session name.';

export const signInAsViewer = operation({
  ...signIn,
  name: 'signInAsViewer',
  path: SIGN_IN_PATHS.viewer,
  summary: 'Create a session of a viewer with AWS credentials',
  description: `For operators, at the console. ${onlyListed}`,
  refusals: [badPage, notListed('viewer')],
});

export const signInAsAdmin = operation({
  ...signIn,
  name: 'signInAsAdmin',
  path: SIGN_IN_PATHS.admin,
  summary: 'Create a session of an admin with AWS credentials',
  description: `For operators, at the console. ${onlyListed}`,
  refusals: [badPage, notListed('admin')],
});
