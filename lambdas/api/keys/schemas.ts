import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { type ApiKey, isSession, ROLES } from '../../../core/keys/key.ts';
import { CAPABILITIES } from '../../../core/sessions/capabilities.ts';
import { SESSION_ROLES, type Session, THEMES } from '../../../core/sessions/session.ts';
import { ownTenantName } from '../../../core/tenant.ts';
import { givenTime } from '../../../core/time.ts';
import { pageOf, requestSchemas, responseSchemas, time } from '../common-schemas.ts';

const role = z.enum(ROLES, { error: `Use one of: ${ROLES.join(', ')}.` });

export const keyBody = z
  .strictObject({
    name: z
      .string()
      .min(1, 'Required: say who uses the key.')
      .max(128, 'Use at most 128 characters.')
      .regex(/^\P{C}*$/u, 'Use printable characters only.'),
    role,
    tenant: ownTenantName
      .nullable()
      .optional()
      .meta({ description: 'Binds the key to this tenant. Default: the tenant of the key that creates it, if any.' }),
    expires_at: givenTime.nullable().optional(),
  })
  .register(requestSchemas, { id: 'KeyInput' });

const keyFields = {
  id: z.string(),
  name: z.string(),
  role,
  tenant: z.string().nullable(),
  prefix: z.string().meta({ description: "The key's first characters." }),
  created_at: time,
  expires_at: time.nullable(),
  last_used_on: z.iso.date().nullable(),
};

export const keyAnswer = z.object(keyFields).register(responseSchemas, { id: 'Key' });
export const createdKeyAnswer = z
  .object({ ...keyFields, key: z.string().meta({ description: 'The key itself: shown only once.' }) })
  .register(responseSchemas, { id: 'CreatedKey' });
export const keyPage = pageOf(keyAnswer, 'KeyPage');

/** An API key in the API's format. */
export function keyOnWire(key: ApiKey): z.output<typeof keyAnswer> {
  return {
    id: key.id,
    name: key.name,
    role: key.role,
    tenant: key.tenant,
    prefix: key.prefix,
    created_at: isoTime(key.createdAt),
    expires_at: key.expiresAt === null ? null : isoTime(key.expiresAt),
    last_used_on: key.lastUsedOn,
  };
}

const nothingOfSessions = {
  subject: null,
  capabilities: null,
  return_url: null,
  next: null,
  theme: null,
  locale: null,
} as const;

export const meAnswer = z
  .object({
    ...keyFields,
    kind: z.enum(['api_key', 'session']),
    name: z.string().meta({ description: 'Of the key; of a session, who uses it.' }),
    role: z.enum([...new Set([...ROLES, ...SESSION_ROLES])]),
    prefix: keyFields.prefix.nullable().meta({ description: "The key's first characters; null for a session." }),
    subject: z.string().nullable().meta({ description: 'Who uses the session; null for a key, as all that follows.' }),
    capabilities: z
      .array(z.enum(CAPABILITIES))
      .nullable()
      .meta({ description: 'Of a session with the role `portal`; empty for other sessions.' }),
    return_url: z.string().nullable(),
    next: z.string().nullable(),
    theme: z.enum(THEMES).nullable(),
    locale: z.string().nullable(),
  })
  .register(responseSchemas, { id: 'Me' });

/** The key or session of a request, in the API's format. */
export function meOnWire(caller: ApiKey | Session): z.output<typeof meAnswer> {
  if (!isSession(caller)) return { kind: 'api_key', ...keyOnWire(caller), ...nothingOfSessions };
  const { id, role, tenant, subject, capabilities, createdAt, expiresAt, returnUrl, next, theme, locale } = caller;
  return {
    ...{ kind: 'session', id, name: subject, role, tenant, prefix: null },
    ...{ created_at: isoTime(createdAt), expires_at: isoTime(expiresAt), last_used_on: null },
    ...{ subject, capabilities, return_url: returnUrl, next, theme, locale },
  };
}
