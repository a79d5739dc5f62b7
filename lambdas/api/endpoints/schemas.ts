import * as z from 'zod';
import { isoTime } from '../../../core/clock.ts';
import { dictionaryIn, plainTexts } from '../../../core/dictionary.ts';
import { DISABLED_REASONS, type Endpoint, shownSettings, stillSigning } from '../../../core/endpoints/endpoint.ts';
import {
  CIRCUIT_STATES,
  circuitState,
  type EndpointHealth,
  type EndpointWithHealth,
} from '../../../core/endpoints/health.ts';
import { endpointInput, endpointSettings } from '../../../core/endpoints/settings.ts';
import { shownUrl } from '../../../core/endpoints/shown-url.ts';
import { eventTypeName } from '../../../core/event-types/name.ts';
import { matches } from '../../../core/event-types/pattern.ts';
import { eventInput } from '../../../core/events/input.ts';
import { hasDefault, shownShape } from '../../../core/plain-schema.ts';
import { retryPolicy } from '../../../core/retry/policy.ts';
import { ownScheme, schemeOf } from '../../../core/signing/scheme.ts';
import { webhookSecret } from '../../../core/signing/secret.ts';
import { overlappingHeaders } from '../../../core/signing/sign.ts';
import { count, pageOf, requestSchemas, responseSchemas, time } from '../common-schemas.ts';

export const endpointBody = endpointInput.register(requestSchemas, { id: 'EndpointInput' });
export const endpointReplacement = endpointSettings.register(requestSchemas, { id: 'EndpointSettings' });

/** For the document: a merge patch is validated after it is applied. */
export const endpointPatch = z
  .strictObject(nullable(endpointSettings.shape))
  .partial()
  .extend({
    retry_policy: z.strictObject(nullable(retryPolicy.shape)).partial().nullable().optional(),
    signature: z.strictObject(nullable(ownScheme.shape)).partial().nullable().optional(),
  })
  .register(requestSchemas, { id: 'EndpointPatch' });

/** Null resets a member, or removes an entry of a record. A member without a default can only be changed. */
function nullable(shape: z.ZodRawShape): z.ZodRawShape {
  const bare = (schema: z.core.$ZodType): z.core.$ZodType => {
    if (hasDefault(schema) || schema instanceof z.ZodNullable) return bare(schema.unwrap());
    const entries = dictionaryIn(schema);
    return entries === undefined ? schema : z.map(entries.keyType, z.nullable(entries.valueType));
  };
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, hasDefault(schema) ? z.nullable(bare(schema)) : schema]),
  );
}

export const rotation = z
  .strictObject({
    secret: webhookSecret.optional(),
    overlap_seconds: z
      .number()
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .meta({ description: 'How long the old secret also signs. 0 revokes all previous secrets at once.' }),
  })
  .register(requestSchemas, { id: 'SecretRotation' });

export const testBody = z
  .strictObject({
    type: eventTypeName.optional().meta({ description: 'The type that the webhook names. Default: `postrider.test`.' }),
    version: eventInput.shape.version,
    data: z.unknown().optional().meta({ description: 'Sent exactly as it is written here. Default: a short message.' }),
  })
  .register(requestSchemas, { id: 'EndpointTest' });

const endpointFields = {
  id: z.string(),
  tenant: z.string(),
  ...shownShape(endpointSettings.shape),
  headers: plainTexts.meta({
    description: 'Each value is shown as `[set]`: `GET /v1/endpoints/{id}/headers` reveals it.',
  }),
  disabled_reason: z.enum(DISABLED_REASONS).nullable(),
  health: z.object({
    circuit: z.enum(CIRCUIT_STATES),
    consecutive_failures: count,
    next_probe_at: time.nullable().meta({
      description:
        'When the next probe may be sent: one of the deliveries that wait, or one that somebody asks for before. Null while the circuit is closed.',
    }),
  }),
  created_at: time,
  updated_at: time,
};

export const endpointAnswer = z.object(endpointFields).register(responseSchemas, { id: 'Endpoint' });
export const createdEndpointAnswer = z
  .object({ ...endpointFields, secret: z.string().meta({ description: 'Shown only here and by the secret route.' }) })
  .register(responseSchemas, { id: 'CreatedEndpoint' });
export const listedEndpoint = z
  .object({
    ...endpointFields,
    url: z.string().meta({
      description:
        'Up to the host; what follows it may hold credentials and is shown as `/…`. `GET /v1/endpoints/{id}` shows it.',
    }),
  })
  .register(responseSchemas, { id: 'ListedEndpoint' });
export const endpointPage = pageOf(listedEndpoint, 'EndpointPage');
/** What a list of endpoints may be narrowed by. */
export const endpointFilters = {
  state: endpointSettings.shape.state.unwrap().optional().meta({ description: 'Only those in this state.' }),
  circuit: z
    .enum(CIRCUIT_STATES, { error: `Use one of: ${CIRCUIT_STATES.join(', ')}.` })
    .optional()
    .meta({ description: 'Only those whose circuit is so.' }),
  url: z.string().min(1, 'Use a part of the URL.').max(2_048, 'Use at most 2048 characters.').optional().meta({
    description:
      'Only those whose URL contains this text, in whatever case, before its path: lists show no more of it.',
  }),
  type: eventTypeName
    .optional()
    .meta({ description: 'Only those that subscribe to this event type, by whatever pattern.' }),
};

/** Whether an endpoint passes the filters of a list. A URL is compared as lists show it, or a viewer could guess the rest. */
export function passes(
  { endpoint, health }: EndpointWithHealth,
  { state, circuit, url, type }: z.output<z.ZodObject<typeof endpointFilters>>,
  nowMs: number,
): boolean {
  return (
    (state === undefined || endpoint.state === state) &&
    (circuit === undefined || circuitState(health, nowMs) === circuit) &&
    (url === undefined || shownUrl(endpoint.url).toLowerCase().includes(url.toLowerCase())) &&
    (type === undefined || matches(endpoint.eventTypes, type))
  );
}

export const headersAnswer = z
  .object({ headers: plainTexts.meta({ description: 'The values by name.' }) })
  .register(responseSchemas, { id: 'EndpointHeaders' });
export const secretAnswer = z
  .object({
    secret: z.string(),
    previous: z
      .array(
        z.object({
          expires_at: time,
          signs: z.array(z.string()).meta({
            description:
              'The headers that it signs: in addition to the newest secret, or instead of it where a header holds one signature, which is by the oldest secret that still signs.',
          }),
        }),
      )
      .meta({ description: 'Previous secrets that still sign, newest first.' }),
    newest_alone_at: time.nullable().meta({
      description:
        'When the last previous secret ends, and the newest signs every header; null if it does already. Receivers of a header that holds one signature must accept the new secret by the time that its previous one ends.',
    }),
  })
  .register(responseSchemas, { id: 'Secret' });

/** An endpoint as lists show it: of its URL no more than the host. */
export function listedOnWire(...of: Parameters<typeof endpointOnWire>): z.output<typeof listedEndpoint> {
  const shown = endpointOnWire(...of);
  return { ...shown, url: shownUrl(shown.url) };
}

/** An endpoint as the API shows it: without its secret, and of its headers only the names. */
export function endpointOnWire(
  endpoint: Endpoint,
  health: EndpointHealth,
  nowMs: number,
): z.output<typeof endpointAnswer> {
  const { id, tenant, disabledReason, createdAt, updatedAt } = endpoint;
  return {
    id,
    tenant,
    ...shownSettings(endpoint),
    disabled_reason: disabledReason,
    health: {
      circuit: circuitState(health, nowMs),
      consecutive_failures: health.consecutiveFailures,
      next_probe_at: health.circuit && isoTime(health.circuit.openUntil),
    },
    created_at: isoTime(createdAt),
    updated_at: isoTime(updatedAt),
  };
}

/** A plain-text secret, with the expiry of the previous ones that still sign. */
export function secretOnWire(endpoint: Endpoint, secret: string, nowMs: number): z.output<typeof secretAnswer> {
  const previous = stillSigning(endpoint.previousSecrets, nowMs);
  const scheme = schemeOf(endpoint);
  const signs = overlappingHeaders(scheme, endpoint.standardHeaders);
  const single = scheme === undefined || signs.includes(scheme.header) ? [] : [scheme.header];
  const ends = previous.map(({ expiresAt }) => expiresAt);
  return {
    secret,
    previous: ends.map((end, at) => ({
      expires_at: isoTime(end),
      signs: at === ends.length - 1 ? [...signs, ...single] : signs,
    })),
    newest_alone_at: ends.length === 0 ? null : isoTime(Math.max(...ends)),
  };
}
