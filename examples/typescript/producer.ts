import { setTimeout as wait } from 'node:timers/promises';
import { createClient, ok, publish } from '@postrider/client';

/**
 * Publishes an event and waits until it is delivered:
 * `POSTRIDER_API_KEY=pr_... node examples/typescript/producer.ts`
 */
const { POSTRIDER_API_KEY = '', POSTRIDER_API_URL = 'http://127.0.0.1:4400' } = process.env;
const client = createClient({ url: POSTRIDER_API_URL, key: POSTRIDER_API_KEY });

const orderId = `ord_${Date.now()}`;
// An object, or JSON text where the bytes matter: numbers of 19 digits are rounded in an object.
const accepted = await publish(client, {
  type: 'order.created',
  data: { order_id: orderId, amount: 129.5 },
  // Should no answer come, send the same again: the same key makes it the same event, delivered once.
  idempotency_key: `${orderId}-created`,
});
// 202: the event is stored, and will be delivered whatever happens now.
console.log(`accepted: ${accepted.id}`);

// Every call of the API is typed. `ok` gives its data, or throws what the refusal says.
const readEvent = () => ok(client.GET('/v1/events/{id}', { params: { path: { id: accepted.id } } }));
let { deliveries } = await readEvent();
const isDelivered = () => deliveries.length > 0 && deliveries.every(({ status }) => status === 'delivered');
for (let tries = 0; tries < 50 && !isDelivered(); tries++) {
  await wait(200);
  ({ deliveries } = await readEvent());
}
for (const { endpoint_id, status } of deliveries) console.log(`${status}: to ${endpoint_id}`);
