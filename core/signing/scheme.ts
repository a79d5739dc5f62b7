import * as z from 'zod';
import { dictionary } from '../dictionary.ts';
import { headerName, isReservedHeader, RESERVED } from './header-names.ts';

/** Placeholders of a header that carries no signature. */
const PLACEHOLDERS = ['id', 'timestamp', 'type'] as const;
const PLACEHOLDER = /\{([^{}]*)\}/g;
/** `{signature}`, or `{signatures,}` with the character that joins them. */
const SIGNATURES = /\{signature\}|\{signatures([^{}])\}/;

/** A text with placeholders, of visible ASCII and spaces within. */
const template = z
  .string()
  .regex(/^[\x21-\x7e]([\x20-\x7e]{0,254}[\x21-\x7e])?$/, 'Use 1 to 256 visible ASCII characters.');

/** Why a template is not one; undefined if it is. @param once what it must hold exactly once, as its author writes it. */
function templateFault(text: string, allowed: readonly string[], once?: { pattern: RegExp; written: string }) {
  const rest = once === undefined ? text : text.replace(once.pattern, '');
  if (once !== undefined && (rest === text || once.pattern.test(rest))) return `Write ${once.written} exactly once.`;
  const unknown = [...rest.matchAll(PLACEHOLDER)].find(([, name = '']) => !allowed.includes(name));
  if (unknown === undefined && !/[{}]/.test(rest.replaceAll(PLACEHOLDER, ''))) return undefined;
  const known = [...allowed.map((name) => `{${name}}`), ...(once === undefined ? [] : [once.written])];
  return `${unknown?.[0] ?? 'A brace that stands alone'} is no placeholder: use ${known.join(', ')}.`;
}

const checked = (...rule: [readonly string[], { pattern: RegExp; written: string }?]) =>
  template.superRefine((text, context) => {
    const message = templateFault(text, ...rule);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** A signature of an endpoint's own making, as written in the API. */
export const ownScheme = z
  .strictObject({
    header: headerName.meta({ description: 'The header that carries the signature.' }),
    algorithm: z.enum(['sha256', 'sha1', 'sha512']).default('sha256').meta({ description: 'The hash of the HMAC.' }),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    content: checked(PLACEHOLDERS, { pattern: /\{body\}/, written: '{body}' })
      .default('{body}')
      .meta({ description: 'What is signed: a text with `{body}`, and if wanted `{id}`, `{timestamp}`, `{type}`.' }),
    format: checked(['timestamp', 'id'], { pattern: SIGNATURES, written: '{signature}' }).default('{signature}').meta({
      description:
        'The value of the header: a text with `{signature}`, or with `{signatures,}` for one of each living secret, the newest first, joined by the character before the brace; if wanted also `{timestamp}` and `{id}`.',
    }),
    key: z.enum(['text', 'decoded']).default('text').meta({
      description:
        '`text`: the UTF-8 text of the whole secret, prefix included. `decoded`: the bytes whose base64 follows `whsec_`.',
    }),
    also: dictionary(headerName, checked(PLACEHOLDERS), { max: 5, called: 'further headers' })
      .prefault({})
      .meta({ description: 'Further headers, whose values are texts with `{id}`, `{timestamp}` or `{type}`.' }),
  })
  .refine(({ header, also }) => !Object.keys(also).some((name) => name.toLowerCase() === header.toLowerCase()), {
    path: ['also'],
    message: 'The header of the signature is among them: remove it.',
  });
export type OwnScheme = z.output<typeof ownScheme>;

/** How the header of a signature, and those beside it, are made. */
export interface SignatureScheme extends OwnScheme {
  /** What stands for each secret where several sign, with `{signature}`. Default: the signature alone. */
  readonly each?: string;
}

const scheme = (own: Partial<SignatureScheme> & Pick<SignatureScheme, 'header'>): SignatureScheme => ({
  algorithm: 'sha256',
  encoding: 'hex',
  content: '{body}',
  format: '{signature}',
  key: 'text',
  also: {},
  ...own,
});

/** `t=<seconds>,v1=<hex>,v1=<hex>`, the form that Stripe made known. */
const timed = { format: 't={timestamp},{signatures,}', each: 'v1={signature}' } as const;

/**
 * The conventions that receivers of other senders know.
 * Sources: docs.stripe.com/webhooks; docs.github.com, "Validating webhook deliveries"; docs.svix.com, "Verifying manually";
 * frain-dev/convoy `pkg/signature`; hookdeck/outpost `internal/destregistry/providers/destwebhook`.
 */
const PRESETS: Readonly<Record<string, SignatureScheme>> = {
  simple: scheme({ header: 'x-webhook-signature', format: 'sha256={signature}' }),
  'simple:bare': scheme({ header: 'x-webhook-signature' }),
  github: scheme({
    header: 'x-hub-signature-256',
    format: 'sha256={signature}',
    also: { 'x-github-event': '{type}', 'x-github-delivery': '{id}' },
  }),
  stripe: scheme({ header: 'Stripe-Signature', content: '{timestamp}.{body}', ...timed }),
  svix: scheme({
    header: 'svix-signature',
    content: '{id}.{timestamp}.{body}',
    encoding: 'base64',
    key: 'decoded',
    format: '{signatures }',
    each: 'v1,{signature}',
    also: { 'svix-id': '{id}', 'svix-timestamp': '{timestamp}' },
  }),
  convoy: scheme({ header: 'x-convoy-signature' }),
  'convoy-advanced': scheme({ header: 'x-convoy-signature', content: '{timestamp},{body}', ...timed }),
  outpost: scheme({
    header: 'x-outpost-signature',
    format: 'v0={signatures,}',
    also: { 'x-outpost-event-id': '{id}', 'x-outpost-topic': '{type}', 'x-outpost-timestamp': '{time}' },
  }),
};

const RENAMED = /^stripe:([A-Za-z0-9-]{1,64})$/;

/** The presets by name, without those that take a further name. */
export const PRESET_NAMES = Object.keys(PRESETS).filter((name) => !name.includes(':'));

/**
 * The signature that an endpoint's webhooks carry in addition to the standard one, as written in the API: `standard` for
 * none, or the name of a preset.
 */
export const signatureProfile = z
  .string()
  .regex(
    new RegExp(`^(standard|${Object.keys(PRESETS).join('|')}|stripe:[A-Za-z0-9-]{1,64})$`),
    `Use standard, ${PRESET_NAMES.join(', ')}, simple:bare or stripe:<header name>.`,
  )
  .refine((text) => !isReservedHeader(RENAMED.exec(text)?.[1] ?? ''), RESERVED)
  .meta({
    description:
      'A signature that receivers of another sender know, in addition to `webhook-signature`: `github`, `stripe`, `stripe:<header name>`, `simple`, `simple:bare`, `svix`, `convoy`, `convoy-advanced`, `outpost` (docs/api.md#signatures). Keyed by the UTF-8 text of the whole secret, prefix included; `svix` by the bytes whose base64 follows `whsec_`. During a rotation overlap a header that can hold several signatures has one by each secret; that of `github`, `simple` and `convoy` is by the old secret until it ends.',
  });

/** What an endpoint has that says how its webhooks are signed. */
export interface Signing {
  /** A valid profile. */
  readonly signatureProfile: string;
  /** A signature of its own making. With one, the profile is `standard`. */
  readonly signature: OwnScheme | null;
}

/** How an endpoint's webhooks are signed beside the standard signature; undefined if they are not. */
export function schemeOf({ signatureProfile: profile, signature }: Signing): SignatureScheme | undefined {
  if (signature !== null) return signature;
  if (profile === 'standard') return undefined;
  const header = RENAMED.exec(profile)?.[1];
  const preset = PRESETS[header === undefined ? profile : 'stripe'];
  return preset === undefined || header === undefined ? preset : { ...preset, header };
}

/** Whether a secret must have the standard form, because a signature is keyed by the bytes that it encodes. */
export function needsStandardSecret(signing: Signing): boolean {
  const found = schemeOf(signing);
  return found === undefined || found.key === 'decoded';
}

/** The character that joins a header's signatures; undefined if it holds one. */
export function joinedBy({ format }: SignatureScheme): string | undefined {
  return SIGNATURES.exec(format)?.[1];
}

/** The names of the headers that a receiver needs for the check; an endpoint's own headers must not replace them. */
export function neededHeaders({ header, content, also }: SignatureScheme): string[] {
  const isCovered = ([, value]: [string, string]) => value === '{id}' || value === '{timestamp}';
  return [
    header,
    ...Object.entries(also)
      .filter((entry) => isCovered(entry) && content.includes(entry[1]))
      .map(([name]) => name),
  ];
}

/** Fills the placeholders of a template. One without a value stays. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
}

/** Writes signatures into a scheme's format, which is otherwise filled. */
export function withSignatures(
  { format, each = '{signature}' }: SignatureScheme,
  signatures: readonly string[],
): string {
  const parts = signatures.map((signature) => each.replace('{signature}', signature));
  return format.replace(SIGNATURES, (_, separator: string | undefined) => parts.join(separator ?? ''));
}
