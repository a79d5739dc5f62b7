import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'portal/src/features/samples/code');
const cache = join(root, 'node_modules/.cache/postrider');

const SECRET = `whsec_${Buffer.from('a secret of the tests, 32 bytes.').toString('base64')}`;
const BODY = '{"type":"order.created","data":{"id":"ord_1"}}';

/** The headers of a webhook that is signed with a secret. */
function headersBy(secret: string, body = BODY): Record<string, string> {
  const at = new Date();
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = new Webhook(secret).sign('dlv_1', at, body);
  return { 'webhook-id': 'dlv_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}

describe('the samples of the portal', () => {
  const dirs: string[] = [];
  afterEach(() => {
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  /** The sample, run where it finds its library. */
  async function receiver(): Promise<(body: string, headers: Record<string, string>) => void> {
    mkdirSync(cache, { recursive: true });
    const dir = mkdtempSync(join(cache, 'sample-'));
    dirs.push(dir);
    const file = join(dir, 'receiver.mjs');
    writeFileSync(file, readFileSync(join(folder, 'javascript.txt'), 'utf8'));
    vi.stubEnv('WEBHOOK_SECRET', SECRET);
    const { receive } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    return receive;
  }

  it('take a webhook that is signed with the secret, in JavaScript', async () => {
    const said = vi.spyOn(console, 'log').mockReturnValue();
    const receive = await receiver();

    receive(BODY, headersBy(SECRET));

    expect(said.mock.calls).toEqual([[{ id: 'ord_1' }]]);
  });

  it('refuse one that is forged or changed, in JavaScript', async () => {
    const said = vi.spyOn(console, 'log').mockReturnValue();
    const receive = await receiver();
    const other = `whsec_${Buffer.from('another one of exactly 32 bytes.').toString('base64')}`;

    expect(() => receive(BODY, headersBy(other))).toThrow('No matching signature found');
    expect(() => receive(BODY.replace('ord_1', 'ord_2'), headersBy(SECRET))).toThrow('No matching signature found');
    expect(said).not.toHaveBeenCalled();
  });

  it('name the type that the page is about, each of them', () => {
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(['go.txt', 'javascript.txt', 'php.txt', 'python.txt', 'ruby.txt']);
    for (const file of files) expect(readFileSync(join(folder, file), 'utf8'), file).toContain('order.created');
  });
});
