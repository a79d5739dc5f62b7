import { setTimeout as wait } from 'node:timers/promises';
import { createClient, ok } from '@postrider/client';

/**
 * Publishes an event and waits until it is delivered:
 * `POSTRIDER_API_KEY=pr_... node examples/typescript/producer.ts`
 */
const { POSTRIDER_API_KEY = '', POSTRIDER_API_URL = 'http://127.0.0.1:4400' } = process.env;
const client = createClient({ url: POSTRIDER_API_URL, key: POSTRIDER_API_KEY });

const orderId = `ord_${Date.now()}`;
const body = {
  type: 'order.created',
  data: { order_id: orderId, amount: 129.5 },
  // Should no answer come, send the same again: the same key makes it the same event, delivered once.
  idempotency_key: `${orderId}-created`,
};
// `ok` throws what a refusal says. Where the bytes matter, such as for long numbers, send text: jsonText('{...}').
const accepted = await ok(client.POST('/v1/events', { body }));
if (!('id' in accepted)) throw new Error('A list of events would be answered by a list.');
// 202: the event is stored, and will be delivered whatever happens now.
console.log(`accepted: ${accepted.id}`);

const readEvent = () => ok(client.GET('/v1/events/{id}', { params: { path: { id: accepted.id } } }));
let { deliveries } = await readEvent();
const isDelivered = () => deliveries.length > 0 && deliveries.every(({ status }) => status === 'delivered');
for (let tries = 0; tries < 50 && !isDelivered(); tries++) {
  await wait(200);
  ({ deliveries } = await readEvent());
}
for (const { endpoint_id, status } of deliveries) console.log(`${status}: to ${endpoint_id}`);
