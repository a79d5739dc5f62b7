import { inParallel } from '../support/in-parallel.ts';
import type { Product } from '../support/product.ts';
import { untilQuiet } from '../support/queues.ts';
import { failFirst } from '../support/receivers.ts';
import { openTenant } from '../support/tenant.ts';
import { expectWebhooks, untilReceived } from '../support/webhooks.ts';

const type = 'order.created';

/** Retries in progress at a SIGTERM continue after the next start, none of them twice. */
export async function retriesSurviveARestart(product: Product): Promise<void> {
  await using tenant = await openTenant(product.target, 'restarted');
  const retry_policy = { initial_delay_seconds: 2, backoff_factor: 1, jitter: 0 };
  const subscriber = await tenant.subscribe({ event_types: [type], retry_policy }, failFirst(2));
  const numbers = Array.from({ length: 100 }, (_, n) => String(n));
  const events = await inParallel(numbers, 8, async (data) => ({ ...(await tenant.publish(type, data)), type, data }));
  await untilReceived(subscriber.hook, events.length);

  await product.stop();
  await product.start();

  await untilReceived(subscriber.hook, events.length * 3);
  await untilQuiet(product.target);
  expectWebhooks(subscriber, events, 3);
}
