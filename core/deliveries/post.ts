import { QUICK_ANSWER_MS } from '../endpoints/circuit-breaker.ts';
import { stillSigning } from '../endpoints/endpoint.ts';
import { openHeaders } from '../endpoints/headers.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import { giveBackRoom } from './body-room.ts';
import type { LiveDelivery, Situation } from './decide.ts';
import type { DeliverPorts } from './ports.ts';
import { type WebhookContent, webhookRequest } from './webhook.ts';

/** Reads the body and opens the secrets that sign now, and the headers. */
export async function readContent(
  { endpoint }: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { inline, ...ref } = situation.received.message.payload;
  const { tenant, id: endpointId, previousSecrets, secret, secretVersion } = endpoint;
  const open = (sealed: SealedSecret, version: number) =>
    ports.secrets.open(sealed, { purpose: 'signing', tenant, endpointId, version });
  const reading = [
    inline ?? ports.payloads.get(ref),
    Promise.all([
      open(secret, secretVersion),
      ...stillSigning(previousSecrets, ports.clock()).map(async ({ sealed, version, expiresAt }) => ({
        secret: await open(sealed, version),
        expiresAt,
      })),
    ]),
    openHeaders(endpoint, ports.secrets),
  ] as const;
  try {
    const [body, [newest, ...previous], headers] = await Promise.all(reading);
    return { ...situation, content: { body, secrets: { newest, previous }, headers } };
  } finally {
    // If a secret cannot be opened, the body still arrives and needs its room until then.
    await Promise.allSettled(reading);
  }
}

/** Results that are remembered: more than several batches have. One that was handed on is kept until others push it out. */
const RESULTS_MAX = 1_000;

function forgetOldest(results: DeliverPorts['unrecordedResults']): void {
  const [oldest] = results.keys();
  if (results.size > RESULTS_MAX && oldest !== undefined) results.delete(oldest);
}

/**
 * Signs and POSTs once. The result is kept until it is recorded. An endpoint of the fast lane that lets the request wait
 * is moved to the slow lane while it still does.
 */
export async function post(
  content: WebhookContent,
  delivery: LiveDelivery,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation> {
  const { received } = situation;
  const { endpoint, health } = delivery;
  const nowMs = ports.clock();
  const { newest, previous } = content.secrets;
  const request = webhookRequest({
    message: received.message,
    attempt: delivery.attempt,
    endpoint,
    body: content.body,
    headers: content.headers,
    // By the time that the signature carries: a previous secret may have ended since it was opened.
    secrets: [newest, ...stillSigning(previous, nowMs).map(({ secret }) => secret)],
    nowMs,
    spanId: Buffer.from(ports.random.bytes(8)).toString('hex'),
    userAgent: ports.userAgent,
  });
  let marked: Promise<void> | undefined;
  const markSlow = () => {
    marked = ports.health.unanswered(delivery).catch((error) => ports.observer.healthNotUpdated(received, error));
  };
  const cancel = health.lane === 'fast' ? ports.after(QUICK_ANSWER_MS, markSlow) : undefined;
  try {
    const answer = await ports.sender.send({ ...request, timeoutMs: endpoint.timeoutSeconds * 1000 });
    // Its time is that of the signature.
    const attempt = { ...answer, at: nowMs, url: request.url };
    ports.unrecordedResults.set(received.messageId, attempt);
    forgetOldest(ports.unrecordedResults);
    // Others may wait for the memory of the body while this result is recorded.
    giveBackRoom(situation);
    return {
      ...situation,
      content: undefined,
      result: { attempt, isNew: true, isCarried: false, random: ports.random.unit() },
    };
  } finally {
    cancel?.();
    await marked;
  }
}
