import { messageOf } from '../deliveries/advance.ts';
import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import { firstMessage } from '../deliveries/message.ts';
import { type AttemptEntry, isFinal } from '../deliveries/record.ts';
import { webhookRequest } from '../deliveries/webhook.ts';
import { type Endpoint, FIRST_VERSION, stillSigning } from '../endpoints/endpoint.ts';
import { shownHeaders } from '../endpoints/headers.ts';
import type { PayloadReader } from '../events/event.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import type { SecretOpener } from '../secrets/vault.ts';
import { schemeOf } from '../signing/scheme.ts';
import type { LivingSecrets } from '../signing/sign.ts';
import type { FoundDelivery } from './find-delivery.ts';

/** Why a request is shown without its signatures. */
export const UNSIGNED = ['secret_unknown', 'not_allowed'] as const;

export interface ShownRequest {
  /** The attempt that it belongs to; null for the next one, which is still to be made. */
  attempt: Pick<AttemptEntry, 'cycle' | 'number' | 'at'> | null;
  url: string;
  headers: Record<string, string>;
  signatures: Record<string, string> | null;
  unsigned: (typeof UNSIGNED)[number] | null;
  body: string;
}

export interface RequestPorts {
  payloads: PayloadReader;
  opener: SecretOpener;
  clock: () => number;
  userAgent: string;
}

/**
 * The request of an attempt, made again from what is kept: by the endpoint as it is now, but with the URL, the time and the
 * signatures of that attempt. Values of the endpoint's own headers are hidden. `traceparent` is left out: its span is not kept.
 * @param attempt the attempt; undefined for the next one.
 * @param maySign whether the next one, which a receiver would still accept, is signed.
 * @throws Problem `gone` when the payload is not kept any more.
 */
export async function requestOfDelivery(
  found: FoundDelivery,
  { attempt, endpoint, maySign }: { attempt: AttemptEntry | undefined; endpoint: Endpoint; maySign: boolean },
  ports: RequestPorts,
): Promise<ShownRequest> {
  const message = 'record' in found ? messageOf(found.record) : firstMessage(found.pendingOf, endpoint.id);
  const isOver = 'record' in found && isFinal(found.record.status);
  const nowMs = attempt?.at ?? ports.clock();
  const { inline, ...ref } = message.payload;
  const [body, secrets] = await Promise.all([
    inline ?? ports.payloads.get(ref),
    attempt === undefined && !maySign ? undefined : secretsAt(endpoint, nowMs, ports.opener),
  ]);
  const { traceparent: _, ...headers } = webhookRequest({
    message,
    attempt: attempt?.number ?? (isOver ? 1 : message.attempt),
    endpoint,
    body,
    secrets: secrets ?? [''],
    headers: shownHeaders(endpoint),
    nowMs,
    spanId: '',
    userAgent: ports.userAgent,
  }).headers;
  const { signatures, others } = separate(headers, endpoint);
  return {
    attempt: attempt ?? null,
    url: attempt?.url ?? endpoint.url,
    headers: others,
    signatures: secrets === undefined ? null : signatures,
    unsigned: secrets !== undefined ? null : attempt === undefined ? 'not_allowed' : 'secret_unknown',
    body,
  };
}

/**
 * The secrets that signed at a time; undefined if that is not known. An endpoint does not keep when its secret was rotated, only
 * that it has not been changed since; a delivery may have used an endpoint as it was a little earlier.
 */
async function secretsAt(endpoint: Endpoint, atMs: number, opener: SecretOpener): Promise<LivingSecrets | undefined> {
  const { tenant, id: endpointId, secret, secretVersion, previousSecrets, updatedAt } = endpoint;
  if (secretVersion !== FIRST_VERSION && atMs <= updatedAt + ENDPOINT_CACHE_MS) return undefined;
  const open = (sealed: SealedSecret, version: number) =>
    opener.open(sealed, { purpose: 'signing', tenant, endpointId, version });
  const [newest, ...previous] = await Promise.all([
    open(secret, secretVersion),
    ...stillSigning(previousSecrets, atMs).map(({ sealed, version }) => open(sealed, version)),
  ]);
  return [newest, ...previous];
}

function separate(headers: Readonly<Record<string, string>>, endpoint: Endpoint) {
  const scheme = schemeOf(endpoint);
  const signed = ['webhook-signature', scheme?.header.toLowerCase()];
  const [signatures, others]: [Record<string, string>, Record<string, string>] = [{}, {}];
  for (const [name, value] of Object.entries(headers)) {
    (signed.includes(name.toLowerCase()) ? signatures : others)[name] = value;
  }
  return { signatures, others };
}
