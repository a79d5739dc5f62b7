import type { Endpoint } from '../endpoints/endpoint.ts';
import { deliveryId } from '../ids.ts';
import { strikeOut } from '../secrets/strike-out.ts';
import { mergeHeaders } from '../signing/header-names.ts';
import { schemeOf } from '../signing/scheme.ts';
import { type LivingSecrets, schemeHeaders, standardSignature } from '../signing/sign.ts';
import type { DeliveryMessage } from './message.ts';
import { excerptBytes, type OutboundRequest } from './sender.ts';

/** What a POST needs besides its message and endpoint. */
export interface WebhookContent {
  /** The envelope, exactly as it was stored. */
  body: string;
  /** In plain text; previous ones sign until they expire, in ms since the epoch. */
  secrets: { newest: string; previous: { secret: string; expiresAt: number }[] };
  /** Of the endpoint, in plain text. */
  headers: Record<string, string>;
}

export interface WebhookParts {
  message: Pick<DeliveryMessage, 'tenant' | 'eventId' | 'eventType' | 'endpointId' | 'traceId'>;
  attempt: number;
  endpoint: Endpoint;
  /** The envelope, exactly as it was stored. */
  body: string;
  secrets: LivingSecrets;
  /** The endpoint's own headers, in plain text. */
  headers: Record<string, string>;
  nowMs: number;
  /** 16 hex digits: this attempt's span under the event's trace. */
  spanId: string;
  userAgent: string;
}

/** The POST of one attempt, signed. What is signed is what is sent. */
export function webhookRequest(parts: WebhookParts): Omit<OutboundRequest, 'timeoutMs'> {
  const { message, endpoint, body, secrets, nowMs } = parts;
  const timestamp = Math.floor(nowMs / 1000);
  const signable = { id: message.eventId, timestamp, type: message.eventType, body };
  const ours = {
    'content-type': 'application/json',
    'user-agent': parts.userAgent,
    ...(endpoint.standardHeaders && {
      'webhook-id': message.eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': standardSignature(signable, secrets),
    }),
    'x-postrider-event-type': message.eventType,
    'x-postrider-delivery-id': deliveryId(message.eventId, message.endpointId),
    'x-postrider-attempt': String(parts.attempt),
    traceparent: `00-${message.traceId}-${parts.spanId}-01`,
  };
  // Two headers of one name would arrive as one, joined by a comma. Earlier versions stored names that are ours.
  const scheme = schemeOf(endpoint);
  const signature = scheme && schemeHeaders(scheme, signable, secrets);
  return {
    url: endpoint.url,
    tenant: message.tenant,
    body,
    headers:
      signature === undefined && isEmpty(parts.headers)
        ? ours
        : mergeHeaders(signature?.telling ?? {}, parts.headers, signature?.needed ?? {}, ours),
    excerptBytesMax: (status, besides) => excerptBytes(status, besides + Buffer.byteLength(endpoint.url)),
    hide: (text) => strikeOut(text, [...Object.values(parts.headers), ...secrets]),
  };
}

const isEmpty = (headers: object) => Object.keys(headers).length === 0;
