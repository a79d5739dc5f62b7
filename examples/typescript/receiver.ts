import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/**
 * Receives webhooks and verifies them: `WEBHOOK_SECRET=whsec_... node examples/typescript/receiver.ts`
 *
 * The secret is the endpoint's: the answer of POST /v1/endpoints holds it.
 */
const { WEBHOOK_SECRET, PORT = '4301' } = process.env;
if (WEBHOOK_SECRET === undefined) throw new Error('Set WEBHOOK_SECRET to the secret of your endpoint (whsec_...).');
const webhook = new Webhook(WEBHOOK_SECRET);

/** Every webhook may come more than once: its id tells that you have seen it. Keep the ids where they outlive a restart. */
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  // The signature is over the very bytes of the body: verify before you parse.
  const body = await text(request);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  try {
    webhook.verify(body, headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    // Forged, tampered with, or older than five minutes. Any answer but 2xx says no.
    console.log(`refused: ${error.message}`);
    return void response.writeHead(401).end();
  }

  // Say yes within the timeout (15 seconds unless the endpoint says otherwise), and work afterwards.
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
