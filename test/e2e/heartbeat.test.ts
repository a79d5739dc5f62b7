import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { HEARTBEAT_ENDPOINT_ID } from '../../core/heartbeat/endpoint.ts';
import { eventually } from './support/eventually.ts';
import { createSqs } from './support/queues.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 3, heartbeat: true, heartbeatSeconds: 10 });
const lines = (pattern: RegExp) => product().logTail(1_000, pattern);

describe('the heartbeat', () => {
  it('goes through the product, and is not seen among what others publish', async () => {
    const { apiUrl, adminKey } = product().target;
    const get = async (path: string) => {
      const answer = await fetch(apiUrl + path, { headers: { authorization: `Bearer ${adminKey}` } });
      return (await answer.json()) as { data: unknown[] };
    };

    await eventually(() => expect(lines(/heartbeat arrived/)).toMatch(/event=evt_\w+ after=\d+ms(.*\n.*){2}/));

    for (const path of ['/v1/endpoints', '/v1/events', '/v1/deliveries']) {
      expect((await get(`${path}?tenant=*`)).data, path).toEqual([]);
    }
    expect(await get(`/v1/endpoints/${HEARTBEAT_ENDPOINT_ID}`)).toMatchObject({ health: { circuit: 'closed' } });
  });

  it('is refused if its signature is not right, without a word', async () => {
    const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) };
    const answers = await Promise.all(
      [{}, { ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }].map((given) =>
        fetch(`${product().target.apiUrl}/heartbeat`, { method: 'POST', headers: given, body: '{}' }),
      ),
    );

    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([401, '']);
  });

  it('is reported as failed once its time is over if nothing is delivered any more', { timeout: 60_000 }, async () => {
    const sqs = createSqs(product().target);
    const { DeliveryQueueUrl: QueueUrl } = product().target.outputs;
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '900' } }));
    sqs.destroy();

    const failed = () =>
      expect(lines(/heartbeat failed/)).toContain('Not delivered within 10 s: no attempt is recorded');
    await eventually(failed, { withinMs: 40_000, everyMs: 500 });
  });
});
