import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/**
 * Receives webhooks and verifies them: `WEBHOOK_SECRET=whsec_... node examples/typescript/receiver.ts`
 *
 * The secret is the endpoint's, from the response of POST /v1/endpoints.
 */
const { WEBHOOK_SECRET, PORT = '4301' } = process.env;
if (WEBHOOK_SECRET === undefined) throw new Error('Set WEBHOOK_SECRET to the secret of your endpoint (whsec_...).');
const webhook = new Webhook(WEBHOOK_SECRET);

/** A webhook may arrive more than once, with the same id. In production, store the ids where they survive a restart. */
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  // The signature covers the raw bytes of the body: verify before you parse.
  const body = await text(request);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  try {
    webhook.verify(body, headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    // Forged, tampered with, or older than five minutes. Any status but 2xx rejects it.
    console.log(`refused: ${error.message}`);
    return void response.writeHead(401).end();
  }

  // Acknowledge within the timeout (by default 15 seconds), and process afterwards.
  response.writeHead(204).end();
  const id = String(request.headers['webhook-id']);
  if (seen.has(id)) return;
  seen.add(id);
  console.log(`verified: ${id} ${body}`);
});

server.listen(Number(PORT), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : PORT}/`);
});
