import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SealedSecret, SecretBinding } from '../../../core/secrets/seal.ts';
import { createSecretOpener, currentSeal, type SealerPorts } from '../../../core/secrets/vault.ts';
import { createMemoryDataKeyStore, createMemoryKeyService } from '../../fakes/vault.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const BINDING = { purpose: 'signing', tenant: 'acme', endpointId: 'ep_1', version: 1 } as const;

const sealSecret = async (secret: string, binding: SecretBinding, ports: SealerPorts) =>
  (await currentSeal(ports))(secret, binding);

let now: number;
let calls: { generate: number; decrypt: number };
let ports: SealerPorts;

beforeEach(() => {
  now = START;
  calls = { generate: 0, decrypt: 0 };
  const random = seededRandom(5);
  const keys = createMemoryKeyService(random);
  ports = {
    keys: {
      generate: (context) => {
        calls.generate++;
        return keys.generate(context);
      },
      decrypt: (wrapped, context) => {
        calls.decrypt++;
        return keys.decrypt(wrapped, context);
      },
    },
    store: createMemoryDataKeyStore(),
    clock: () => now,
    random,
  };
});

describe('an encrypted secret', () => {
  it('decrypts for its own tenant, endpoint and version', async () => {
    const sealed = await sealSecret('whsec_abc', BINDING, ports);
    expect(await createSecretOpener(ports.keys, ports.clock).open(sealed, BINDING)).toBe('whsec_abc');
    expect(JSON.stringify(sealed)).not.toContain('abc');
  });

  it.each<SecretBinding>([
    { ...BINDING, tenant: 'other' },
    { ...BINDING, endpointId: 'ep_2' },
    { ...BINDING, version: 2 },
    { purpose: 'headers', tenant: 'acme', endpointId: 'ep_1', names: [] },
    { purpose: 'headers', tenant: 'acme', endpointId: 'ep_1', names: [{ name: 'x-a', since: 1 }] },
  ])('does not decrypt for %o', async (other) => {
    const sealed = await sealSecret('whsec_abc', BINDING, ports);
    await expect(createSecretOpener(ports.keys, ports.clock).open(sealed, other)).rejects.toThrow();
  });

  it('decrypts as the first version sealed it', async () => {
    const { wrapped, plain } = await ports.keys.generate({ application: 'postrider', 'data-key': 'dk_1' });
    const nonce = Buffer.alloc(12, 1);
    const cipher = createCipheriv('aes-256-gcm', plain, nonce).setAAD(Buffer.from('["acme","ep_1",1]'));
    const box = Buffer.concat([cipher.update('whsec_abc'), cipher.final(), cipher.getAuthTag()]);
    const sealed = { keyId: 'dk_1', wrappedKey: wrapped, nonce: nonce.toString('base64'), box: box.toString('base64') };
    expect(await createSecretOpener(ports.keys, ports.clock).open(sealed, BINDING)).toBe('whsec_abc');
  });

  it('does not decrypt with less than the whole tag', async () => {
    const { box, ...sealed } = await sealSecret('s', BINDING, ports);
    const short = Buffer.from(box, 'base64').subarray(-4).toString('base64');
    const opener = createSecretOpener(ports.keys, ports.clock);
    await expect(opener.open({ ...sealed, box: short }, BINDING)).rejects.toThrow();
  });

  it('does not decrypt if a bit was changed', async () => {
    const sealed = await sealSecret('whsec_abc', BINDING, ports);
    const opener = createSecretOpener(ports.keys, ports.clock);
    await fc.assert(
      fc.asyncProperty(fc.nat(Buffer.from(sealed.box, 'base64').length * 8 - 1), async (bit) => {
        const box = Buffer.from(sealed.box, 'base64');
        box[bit >> 3] = (box[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await expect(opener.open({ ...sealed, box: box.toString('base64') }, BINDING)).rejects.toThrow();
      }),
    );
  });
});

describe('the vault', () => {
  it('calls KMS once for many endpoints, and again after five minutes', async () => {
    const sealed: SealedSecret[] = [];
    for (let at = 0; at < 20; at++) {
      sealed.push(await sealSecret('s', { ...BINDING, endpointId: `ep_${at}` }, ports));
    }
    expect(calls.generate).toBe(1);
    calls.decrypt = 0;
    const opener = createSecretOpener(ports.keys, ports.clock);
    const openAll = () =>
      Promise.all(sealed.map((one, at) => opener.open(one, { ...BINDING, endpointId: `ep_${at}` })));
    await openAll();
    await openAll();
    expect(calls.decrypt).toBe(1);
    now += 5 * 60_000;
    await openAll();
    expect(calls.decrypt).toBe(2);
  });

  it('does not cache a failure', async () => {
    const sealed = await sealSecret('s', BINDING, ports);
    const { decrypt } = ports.keys;
    let away = true;
    const opener = createSecretOpener(
      { ...ports.keys, decrypt: (...call) => (away ? Promise.reject(new Error('KMS is away')) : decrypt(...call)) },
      ports.clock,
    );
    await expect(opener.open(sealed, BINDING)).rejects.toThrow('KMS is away');
    away = false;
    expect(await opener.open(sealed, BINDING)).toBe('s');
  });

  it('uses a new data key after 90 days, and still decrypts with the old one', async () => {
    const old = await sealSecret('old', BINDING, ports);
    now += 91 * DAY;
    const fresh = await sealSecret('new', BINDING, ports);
    expect(fresh.keyId).not.toBe(old.keyId);
    const opener = createSecretOpener(ports.keys, ports.clock);
    expect(await Promise.all([opener.open(old, BINDING), opener.open(fresh, BINDING)])).toEqual(['old', 'new']);
  });
});
