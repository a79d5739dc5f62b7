import { parseArgs } from 'node:util';
import { ok } from '@postrider/client';
import * as z from 'zod';
import { localClient } from './api-client.ts';
import { type Received, startReceiver } from './receiver/receiver.ts';

/**
 * `npm run receiver`: an endpoint for trying out webhooks. It prints each one and verifies its signature.
 *
 *   --secret <secret>     verify with this secret (default: read each endpoint's from the API)
 *   --answer 500          status to answer with, or hang (default 204)
 *   --fail-first 2        answer 500 to the first 2 attempts of each event
 */

const { values } = parseArgs({
  options: {
    secret: { type: 'string' },
    answer: { type: 'string', default: '204' },
    'fail-first': { type: 'string', default: '0' },
  },
});
const options = z
  .object({
    answer: z.union([z.literal('hang'), z.coerce.number().int().min(200).max(599)]),
    failFirst: z.coerce.number().int().min(0),
    port: z.coerce.number().int().min(0).max(65_535),
  })
  .parse({ answer: values.answer, failFirst: values['fail-first'], port: process.env.RECEIVER_PORT ?? '4300' });

const counts = { verified: 0, refused: 0, unchecked: 0 };
const receiver = await startReceiver({
  port: options.port,
  plan: options,
  secretOf: values.secret === undefined ? secretsFromApi() : async () => values.secret,
  onReceived: print,
});
console.log(`Receiving webhooks at ${receiver.url}  (answering ${options.answer}; stop with Ctrl-C)`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await receiver.close();
    const { verified, refused, unchecked } = counts;
    const total = receiver.received.length;
    console.log(`${total} received: ${verified} verified, ${refused} with a wrong signature, ${unchecked} not checked`);
    process.exit(0);
  });
}

function print(webhook: Received): void {
  counts[webhook.verdict] += 1;
  const { receivedAt, type, id, attempt, verdict, answered } = webhook;
  console.log(`${receivedAt.slice(11, 23)}  ${type}  ${id}  attempt ${attempt}  ${verdict}  -> ${answered}`);
}

/** Reads each endpoint's secret once, with the admin key of the local run; if that fails, its webhooks are not verified. */
function secretsFromApi(): (endpointId: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  const read = async (endpointId: string) => {
    const params = { path: { id: endpointId } };
    return (await ok(localClient(process.env).GET('/v1/endpoints/{id}/secret', { params }))).secret;
  };
  return (endpointId) => {
    const secret =
      known.get(endpointId) ??
      read(endpointId).catch((fault: unknown) => {
        console.error(`Not verified: ${fault instanceof Error ? fault.message : fault}`);
        return undefined;
      });
    known.set(endpointId, secret);
    return secret;
  };
}
