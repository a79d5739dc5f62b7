import { describe, expect, it } from 'vitest';
import { createApi } from './support/api.ts';
import { startProgram } from './support/program.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();

describe('npm run smoke', { timeout: 60_000 }, () => {
  it('reports step by step that everything works', async () => {
    await using smoke = startProgram('local/smoke.ts', [], product().env);

    const exitCode = await smoke.end();

    expect(smoke.output()).toMatch(/signature verified\n.*byte for byte\n.*deleted\n.*everything works\n$/);
    expect(exitCode).toBe(0);
  });

  it('fails with advice if nothing answers', async () => {
    const env = { ...product().env, POSTRIDER_API_URL: 'http://127.0.0.1:1' };
    await using smoke = startProgram('local/smoke.ts', [], env);

    const exitCode = await smoke.end();

    expect(smoke.output()).toMatch(
      /^FAIL {2}Nothing answers at http:\/\/127\.0\.0\.1:1\..*\nCheck that Postrider is running/,
    );
    expect(exitCode).toBe(1);
  });
});

describe('npm run receiver', { timeout: 60_000 }, () => {
  it('prints each webhook and whether its signature is valid', async () => {
    const { target, env } = product();
    const api = createApi(target);
    const secret = `whsec_${Buffer.alloc(32, 'receiver').toString('base64')}`;
    const args = ['--secret', secret, '--fail-first', '1'];
    await using receiver = startProgram('local/receiver.ts', args, { ...env, RECEIVER_PORT: '0' });
    const [, url = ''] = await receiver.untilSaid(/(http:\/\/\S+)/);
    const retry_policy = { initial_delay_seconds: 1, jitter: 0 };
    await api.createEndpoint({ url, secret, event_types: ['order.*'], retry_policy });

    const { id } = await api.publish('{"type":"order.created","data":{"order":1}}');

    await receiver.untilSaid(new RegExp(`order.created  ${id}  attempt 1  verified  -> 500\\n`));
    await receiver.untilSaid(new RegExp(`order.created  ${id}  attempt 2  verified  -> 204\\n`));
    expect(await receiver.end('SIGTERM')).toBe(0);
    expect(receiver.output()).toContain('2 received: 2 verified, 0 with a wrong signature, 0 not checked');
  });
});
