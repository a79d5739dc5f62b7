import { type Endpoint, signingSecrets } from '../endpoints/endpoint.ts';
import { keyOf } from '../signing/secret.ts';
import { claim, needsClaim } from './claim.ts';
import { settle } from './hand-on.ts';
import type { DeliverPorts, Verdict } from './ports.ts';
import type { Turn, Work } from './turn.ts';
import { webhookRequest } from './webhook.ts';

/** Signs and POSTs once, unless another copy of the message does, and hands the delivery on by what came of it. */
export async function makeAttempt(work: Work, ports: DeliverPorts): Promise<Verdict> {
  const { received } = work;
  const remembered = ports.remembered.get(received.messageId);
  if (remembered !== undefined) return settle(work, remembered, ports);
  // Read before the claim: our own fault here must not leave a POST claimed that nobody makes.
  const [body, keys] = await Promise.all([bodyOf(work, ports), keysOf(work.endpoint, ports)]);
  const claimed = needsClaim(received, work.record) ? await takeClaim(work, ports) : work;
  if (typeof claimed === 'string') return claimed;
  const request = webhookRequest({
    message: received.message,
    attempt: work.attempt,
    endpoint: work.endpoint,
    body,
    keys,
    nowMs: ports.clock(),
    spanId: Buffer.from(ports.random.bytes(8)).toString('hex'),
    userAgent: ports.userAgent,
  });
  const result = await ports.sender.send({ ...request, timeoutMs: work.endpoint.timeoutSeconds * 1000 });
  return settle(claimed, result, ports);
}

async function takeClaim(work: Work, ports: DeliverPorts): Promise<Work | Verdict> {
  const { received, position, record } = work;
  const { ledger, functionTimeoutMs, random } = ports;
  const claimed = await claim(received, position, record, { ledger, functionTimeoutMs, random, nowMs: ports.clock() });
  if (claimed.kind === 'mine') return { ...work, record: claimed.record };
  ports.observer.settled(received, `claim: ${claimed.kind}`);
  if (claimed.kind === 'not_needed') return 'acknowledge';
  await ports.showAgain(received, Math.max(1, Math.ceil((claimed.until - ports.clock()) / 1000)));
  return 'try_again';
}

function bodyOf({ received }: Turn, ports: DeliverPorts): Promise<string> | string {
  const { inline, ...ref } = received.message.payload;
  return inline ?? ports.payloads.get(ref);
}

async function keysOf(endpoint: Endpoint, ports: DeliverPorts): Promise<Buffer[]> {
  const binding = { tenant: endpoint.tenant, endpointId: endpoint.id };
  const secrets = signingSecrets(endpoint, ports.clock());
  return Promise.all(
    secrets.map(async ({ sealed, version }) => {
      const key = keyOf(await ports.secrets.open(sealed, { ...binding, version }));
      if (key === undefined) throw new Error(`Secret version ${version} of ${endpoint.id} is damaged: rotate it.`);
      return key;
    }),
  );
}
