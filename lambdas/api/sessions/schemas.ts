import * as z from 'zod';
import { ACTOR_KINDS } from '../../../core/audit/audit.ts';
import { isoTime } from '../../../core/clock.ts';
import { CAPABILITIES } from '../../../core/sessions/capabilities.ts';
import { CONSOLE_ROLES, SESSION_LIFE_MS, SESSION_ROLES, type Session, THEMES } from '../../../core/sessions/session.ts';
import { ownTenantName } from '../../../core/tenant.ts';
import { pageOf, requestSchemas, responseSchemas, time } from '../common-schemas.ts';

const capability = z.enum(CAPABILITIES, { error: `Use one of: ${CAPABILITIES.join(', ')}.` });

const seconds = (ms: number) => ms / 1000;

const WEB_URL = 'Use an http:// or https:// URL without a user name.';
const PORTAL_PATH = 'Use a path within the page, such as /endpoints: it begins with one slash.';
const LOCALE = 'Use a language tag (BCP 47), such as de-AT.';

function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

/** A path with steps back could leave the page. */
function hasNoSteps(path: string): boolean {
  const steps = path.split('?')[0]?.split('/') ?? [];
  return steps.every((step) => !/^(\.|%2e){1,2}$/i.test(step));
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** Who will use the session. */
const subject = z
  .string()
  .min(1, 'Say who will use the session, or leave it out.')
  .max(128, 'Use at most 128 characters.')
  .regex(/^\P{C}*$/u, 'Use printable characters only.')
  .optional()
  .meta({ description: 'Who will use it: the name that the audit trail shows. Default: that of who creates it.' });

/** How long a session lasts, and what its page needs. */
const settings = {
  expires_in: z
    .number()
    .int()
    .min(seconds(SESSION_LIFE_MS.least))
    .max(seconds(SESSION_LIFE_MS.most))
    .default(seconds(SESSION_LIFE_MS.usual))
    .meta({ description: 'How many seconds the session lasts from now; never longer than the key that creates it.' }),
  return_url: z
    .string()
    .max(2_048, 'Use at most 2,048 characters.')
    .refine(isWebUrl, WEB_URL)
    .nullable()
    .default(null)
    .meta({ description: 'Where the page leads when the session has ended.', pattern: '^https?://' }),
  next: z
    .string()
    .regex(/^\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]{0,511}$/, { error: PORTAL_PATH, abort: true })
    .refine(hasNoSteps, PORTAL_PATH)
    .nullable()
    .default(null)
    .meta({ description: 'The page to show first: a path within the portal or console, with its query.' }),
  theme: z
    .enum(THEMES, { error: `Use one of: ${THEMES.join(', ')}.` })
    .nullable()
    .default(null),
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$/, { error: LOCALE, abort: true })
    .refine(isLocale, LOCALE)
    .nullable()
    .default(null)
    .meta({ description: 'The language of the page, as a tag (BCP 47).' }),
};

export const portalSessionBody = z
  .strictObject({
    tenant: ownTenantName.optional().meta({ description: "Default: the key's tenant, else `default`." }),
    capabilities: z
      .array(capability)
      .min(1, 'Name at least one capability.')
      .max(CAPABILITIES.length, 'Name each capability once.')
      .overwrite((given) => CAPABILITIES.filter((one) => given.includes(one)))
      .default(['view'])
      .meta({ description: 'What the session may do. Each is allowed by itself: without `view` it can read nothing.' }),
    subject,
    ...settings,
  })
  .register(requestSchemas, { id: 'PortalSessionInput' });

export const consoleSessionBody = z
  .strictObject({
    role: z
      .enum(CONSOLE_ROLES, { error: `Use one of: ${CONSOLE_ROLES.join(', ')}.` })
      .optional()
      .meta({ description: "Default: the key's own role. A viewer's key creates no session of an admin." }),
    subject,
    ...settings,
  })
  .register(requestSchemas, { id: 'ConsoleSessionInput' });

export const signInBody = z.strictObject(settings).register(requestSchemas, { id: 'SignInInput' });

export const redemption = z
  .strictObject({
    code: z.string().min(1, 'Required: the code of the link.').max(128, 'Use at most 128 characters.'),
    nonce: z
      .string()
      .regex(/^[A-Za-z0-9_-]{22,128}$/, 'Use 22 to 128 letters, digits, hyphens or underscores, chosen at random.')
      .optional()
      .meta({
        description:
          'A random text of at least 128 bits that the page keeps to itself. Repeated with it, a request whose answer was lost is answered again while the code lasts; without it, every repetition is a second use.',
      }),
  })
  .register(requestSchemas, { id: 'PortalSessionRedemption' });

const pageFields = {
  return_url: z.string().nullable(),
  next: z.string().nullable(),
  theme: z.enum(THEMES).nullable(),
  locale: z.string().nullable(),
};

const who = {
  id: z.string(),
  role: z.enum(SESSION_ROLES).meta({ description: '`portal` for the people of a tenant; the others for operators.' }),
  tenant: z.string().nullable().meta({ description: 'Null: all tenants.' }),
  subject: z.string().meta({ description: 'Who uses it.' }),
  capabilities: z.array(z.enum(CAPABILITIES)).meta({ description: 'Of the role `portal`; empty for the others.' }),
};

export const createdSessionAnswer = z
  .object({
    id: z.string(),
    url: z.string().meta({
      description: 'To open in a browser, once. The code is in the fragment, which a browser does not send.',
    }),
    code_expires_at: time.meta({ description: 'Until when the URL can be opened.' }),
    expires_at: time.meta({ description: 'When the session ends.' }),
  })
  .register(responseSchemas, { id: 'CreatedPortalSession' });

export const redeemedAnswer = z
  .object({
    token: z.string().meta({ description: 'For the header `Authorization: Bearer`. Shown only here.' }),
    ...who,
    expires_at: time,
    ...pageFields,
  })
  .register(responseSchemas, { id: 'RedeemedPortalSession' });

export const sessionAnswer = z
  .object({
    ...who,
    created_by: z.object({ kind: z.enum(ACTOR_KINDS), id: z.string(), name: z.string() }),
    created_at: time,
    redeemed_at: time.nullable().meta({ description: 'When its URL was opened; null if it was not yet.' }),
    expires_at: time,
    ...pageFields,
  })
  .register(responseSchemas, { id: 'PortalSession' });
export const sessionPage = pageOf(sessionAnswer, 'PortalSessionPage');

function pageOnWire({ returnUrl, next, theme, locale }: Session) {
  return { return_url: returnUrl, next, theme, locale };
}

function whoOnWire({ id, role, tenant, subject, capabilities }: Session) {
  return { id, role, tenant, subject, capabilities };
}

/** A session in the API's format: without its code and token. */
export function sessionOnWire(session: Session): z.output<typeof sessionAnswer> {
  const { createdBy, createdAt, redeemedAt, expiresAt } = session;
  return {
    ...whoOnWire(session),
    created_by: createdBy,
    created_at: isoTime(createdAt),
    redeemed_at: redeemedAt === null ? null : isoTime(redeemedAt),
    expires_at: isoTime(expiresAt),
    ...pageOnWire(session),
  };
}

/** A session that was begun, with its token. */
export function redeemedOnWire(session: Session, token: string): z.output<typeof redeemedAnswer> {
  return { token, ...whoOnWire(session), expires_at: isoTime(session.expiresAt), ...pageOnWire(session) };
}
