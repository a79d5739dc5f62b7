import { setTimeout as wait } from 'node:timers/promises';
import { createClient, ok, publish } from '@postrider/client';

/**
 * Publishes an event and waits until it is delivered:
 * `POSTRIDER_API_KEY=pr_... node examples/typescript/producer.ts`
 */
const { POSTRIDER_API_KEY = '', POSTRIDER_API_URL = 'http://127.0.0.1:4400' } = process.env;
const client = createClient({ url: POSTRIDER_API_URL, key: POSTRIDER_API_KEY });

const orderId = `ord_${Date.now()}`;
// An object, or JSON text if the bytes matter: an object would round a number of 19 digits.
const accepted = await publish(client, {
  type: 'order.created',
  data: { order_id: orderId, amount: 129.5 },
  // If no answer comes, repeat the request: with the same key it is the same event, published once.
  idempotency_key: `${orderId}-created`,
});
// 202: the event is stored and will be delivered.
console.log(`accepted: ${accepted.id}`);

// Every API call is typed. `ok` returns the data, or throws an error with the problem's detail.
const readEvent = () => ok(client.GET('/v1/events/{id}', { params: { path: { id: accepted.id } } }));
let { deliveries } = await readEvent();
const isDelivered = () => deliveries.length > 0 && deliveries.every(({ status }) => status === 'delivered');
for (let tries = 0; tries < 50 && !isDelivered(); tries++) {
  await wait(200);
  ({ deliveries } = await readEvent());
}
for (const { endpoint_id, status } of deliveries) console.log(`${status}: to ${endpoint_id}`);
