import * as z from 'zod';
import { dictionary, metadata } from '../dictionary.ts';
import { pattern } from '../event-types/pattern.ts';
import { storedShape } from '../plain-schema.ts';
import { retryPolicy } from '../retry/policy.ts';
import { headerName } from '../signing/header-names.ts';
import { neededHeaders, ownScheme, type Signing, schemeOf, signatureProfile } from '../signing/scheme.ts';
import { webhookSecret } from '../signing/secret.ts';
import { ownTenantName } from '../tenant.ts';
import { isCutUrl } from './shown-url.ts';

export const ENDPOINT_STATES = ['active', 'paused', 'disabled'] as const;

const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e]{0,1022}[\x21-\x7e])?$/;

/** The message for headers of which two names differ only by case. */
export const TWINS = 'Duplicate header: names are case-insensitive.';

/** Whether two names of headers differ only by case. */
export function hasTwins(headers: object): boolean {
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  return new Set(names).size < names.length;
}

const headers = dictionary(headerName, z.string().regex(HEADER_VALUE, 'Use 1 to 1,024 visible ASCII characters.'), {
  max: 20,
  called: 'headers',
})
  .refine((entries) => !hasTwins(entries), TWINS)
  .meta({
    description:
      'Sent with every webhook. Values are secrets: answers show them as `[set]`, which in a change keeps the value; `GET /v1/endpoints/{id}/headers` reveals them. The case of names does not matter.',
  });

/** Refuses what would leave a webhook with no signature or with two of one kind, and headers that would replace one. */
function refuseUnsigned(settings: z.output<typeof settingsShape>, context: z.RefinementCtx): void {
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { signature_profile: profile, signature, standard_headers: hasStandard, headers } = settings;
  if (signature !== null && profile !== 'standard')
    refuse(['signature'], 'Set signature_profile to standard, or signature to null: an endpoint has one of them.');
  const scheme = schemeOf(signingOf(settings));
  if (scheme === undefined && !hasStandard)
    refuse(['standard_headers'], 'Choose a signature_profile or a signature first: webhooks must be signed.');
  const taken = scheme === undefined ? [] : neededHeaders(scheme).map((name) => name.toLowerCase());
  const by = signature === null ? `The signature profile ${profile}` : 'The signature';
  for (const name of Object.keys(headers)) {
    if (!taken.includes(name.toLowerCase())) continue;
    refuse(['headers', name], `${by} sets this header: remove it, or choose another signature.`);
  }
}

/** How webhooks are signed by these settings. */
export const signingOf = (settings: Pick<EndpointSettings, 'signature_profile' | 'signature'>): Signing => ({
  signatureProfile: settings.signature_profile,
  signature: settings.signature,
});

const settingsShape = z.strictObject({
  url: z
    .string()
    .min(1, 'Required: an https:// URL.')
    .max(2048, 'Use at most 2,048 characters.')
    .refine((url) => !isCutUrl(url), 'Lists show the URL cut after its host: send the whole URL.')
    // The egress policy decides which URLs are allowed.
    .meta({ format: 'uri', pattern: '^https?://' }),
  description: z.string().max(1024, 'Use at most 1,024 characters.').default(''),
  event_types: z
    .array(pattern)
    .min(1, 'Name at least one event type.')
    .max(50, 'Name at most 50 event types.')
    .overwrite((patterns) => [...new Set(patterns)]),
  filter: z.string().min(1).max(2048, 'Use at most 2,048 characters.').nullable().default(null).meta({
    description:
      'JMESPath over the envelope, such as data.amount > `100`: only matching events are sent (docs/filters.md). Null: all.',
  }),
  state: z.enum(ENDPOINT_STATES).default('active'),
  headers: headers.prefault({}),
  signature_profile: signatureProfile.default('standard'),
  signature: ownScheme.nullable().default(null).meta({
    description:
      'A signature of your own making, for receivers that no profile suits; then `signature_profile` is `standard`. Null: none.',
  }),
  standard_headers: z.boolean().default(true).meta({
    description:
      'Whether `webhook-id`, `webhook-timestamp` and `webhook-signature` are sent. Without them another signature is needed.',
  }),
  retry_policy: retryPolicy.default(() => retryPolicy.parse({})),
  timeout_seconds: z.number().min(1).max(30).default(15),
  rate_limit_per_second: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .nullable()
    .default(null)
    .meta({
      description:
        'POSTs per second, counted when they start. Any one second has at most twice the limit, any ten seconds at most ' +
        '11 times the limit. Deliveries over the limit wait and use no attempt. Null: no limit.',
    }),
  metadata: metadata.prefault({}),
});

/** The settings of an endpoint; omitted ones take their defaults. */
export const endpointSettings = settingsShape.superRefine(refuseUnsigned);
export type EndpointSettings = z.output<typeof endpointSettings>;

/** The body of POST /v1/endpoints. */
export const endpointInput = endpointSettings.safeExtend({
  tenant: ownTenantName.optional(),
  secret: webhookSecret.optional(),
});

/** The words of a name of the API joined as code writes them: `event_types` becomes `eventTypes`. */
type CodeName<Name> = Name extends `${infer Word}_${infer Rest}` ? `${Word}${Capitalize<CodeName<Rest>>}` : Name;
type Renamed<Members> = { [Name in keyof Members as CodeName<Name>]: Members[Name] };

const NAMES = Object.keys(settingsShape.shape).map((name) => ({
  api: name,
  code: name.replaceAll(/_(.)/g, (_, first: string) => first.toUpperCase()),
}));

/** The fields of an endpoint that come from its settings. */
export type EndpointFields = Renamed<EndpointSettings>;

/** The settings of an endpoint in the API's format: what a merge patch applies to. */
export function settingsOf(endpoint: EndpointFields): EndpointSettings;
export function settingsOf(endpoint: object): object {
  const fields = new Map(Object.entries(endpoint));
  return Object.fromEntries(NAMES.map(({ api, code }) => [api, fields.get(code)]));
}

/** The fields of an endpoint that come from its settings. */
export function fieldsOf(settings: EndpointSettings): EndpointFields;
export function fieldsOf(settings: object): object {
  return renamed(settings);
}

/** The schema of these fields in storage. */
export const storedFields = renamedShape(storedShape(settingsShape.shape));

function renamedShape<Shape extends z.ZodRawShape>(shape: Shape): Renamed<Shape>;
function renamedShape(shape: z.ZodRawShape): object {
  return renamed(shape);
}

function renamed(members: object): object {
  const byName = new Map(Object.entries(members));
  return Object.fromEntries(NAMES.map(({ api, code }) => [code, byName.get(api)]));
}
