import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Client, ok, publish } from '@postrider/client';
import { localClient } from './api-client.ts';
import { type Received, type Receiver, startReceiver } from './receiver/receiver.ts';

/**
 * `npm run smoke`: publishes an event and waits until it is delivered and visible, then cleans up. Exit code 1 on failure.
 *
 * Against a deployed stage: `POSTRIDER_API_URL=https://... POSTRIDER_API_KEY=... npm run smoke -- --receiver-url
 * https://...`, with a receiver that AWS can reach, which then verifies the signature itself.
 */

const TYPE = 'smoke.test';
const WAIT_MS = 30_000;
/** Would change if anything on the way parsed and reserialized it in JavaScript. */
const DATA = '{"n":1234567890123456789,"text":"ünïcode \\u2028","z":1,"a":[1.0,{}]}';

/** By endpoint id; known from its creation, before anything is published. */
const secrets = new Map<string, string>();

const { values } = parseArgs({ options: { 'receiver-url': { type: 'string' } } });

try {
  await smoke(localClient(process.env));
  console.log('ok    everything works');
} catch (error) {
  console.error(`FAIL  ${error instanceof Error ? error.message : String(error)}`);
  console.error('Check that Postrider is running (GET /healthz), its log, and the deliveries of the event in the API.');
  process.exitCode = 1;
}

async function smoke(client: Client): Promise<void> {
  const receiverUrl = values['receiver-url'];
  const receiver = receiverUrl === undefined ? await localReceiver() : undefined;
  try {
    await tryOut({ client, url: receiverUrl ?? receiver?.url ?? '', receiver });
  } finally {
    // Also after a failure: an open receiver would keep this process alive.
    await receiver?.close();
  }
}

interface Trial {
  readonly client: Client;
  readonly url: string;
  readonly receiver: Receiver | undefined;
}

async function tryOut({ client, url, receiver }: Trial): Promise<void> {
  const tenant = `smoke-${Date.now()}`;
  const endpoint = await ok(client.POST('/v1/endpoints', { body: { tenant, url, event_types: [TYPE] } }));
  console.log(`ok    endpoint ${endpoint.id} created`);
  secrets.set(endpoint.id, endpoint.secret);
  try {
    // As text: a JavaScript number would already be rounded.
    const { id: eventId } = await publish(client, `{"type":"${TYPE}","tenant":"${tenant}","data":${DATA}}`);
    console.log(`ok    event ${eventId} accepted`);
    const delivery = await untilDelivered(client, eventId);
    console.log(`ok    delivery ${delivery} is delivered and visible in the API`);
    if (receiver !== undefined) check(receiver, eventId);
  } finally {
    await ok(client.DELETE('/v1/endpoints/{id}', { params: { path: { id: endpoint.id } } }));
  }
  console.log(`ok    endpoint ${endpoint.id} deleted`);
}

function localReceiver(): Promise<Receiver> {
  const secretOf = async (endpointId: string) => secrets.get(endpointId);
  return startReceiver({ port: 0, plan: { answer: 204, failFirst: 0 }, secretOf, onReceived: () => {} });
}

async function untilDelivered(client: Client, eventId: string): Promise<string> {
  const params = { path: { id: eventId } };
  const deadline = Date.now() + WAIT_MS;
  let last = 'no delivery yet';
  while (Date.now() < deadline) {
    const [delivery] = (await ok(client.GET('/v1/events/{id}', { params }))).deliveries;
    if (delivery?.status === 'delivered') return delivery.id;
    if (delivery !== undefined) last = `${delivery.id} is ${delivery.status}`;
    await wait(200);
  }
  throw new Error(`Event ${eventId} was not delivered within ${WAIT_MS / 1000} s: ${last}.`);
}

function check({ received }: Receiver, eventId: string): void {
  const [webhook, ...more]: readonly Received[] = received.filter(({ id }) => id === eventId);
  if (webhook === undefined)
    throw new Error('The API shows the delivery as delivered, but the receiver did not get it.');
  if (more.length > 0) throw new Error(`The receiver got the event ${more.length + 1} times.`);
  if (webhook.verdict !== 'verified') throw new Error("The signature does not verify with the endpoint's secret.");
  console.log('ok    signature verified');
  if (!webhook.body.includes(`"data":${DATA}`)) throw new Error(`The data was changed in transit: ${webhook.body}`);
  console.log('ok    data arrived byte for byte');
}
