import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { type ApiKey, ROLES } from '../../../core/keys/key.ts';
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
