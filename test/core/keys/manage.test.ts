import { beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../../../core/audit/audit.ts';
import { createAuthenticator } from '../../../core/keys/authenticate.ts';
import type { NewKey } from '../../../core/keys/key.ts';
import { createKey, revokeKey, storeKey } from '../../../core/keys/manage.ts';
import { MemoryKeyStore } from '../../fakes/api-keys.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { MemorySessionStore } from '../../fakes/sessions.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { unreliable } from '../../support/unreliable.ts';

const actor: Actor = { kind: 'iam', id: 'arn:aws:iam::111122223333:user/anna', name: 'anna' };
const wanted: NewKey = { name: 'shop', role: 'producer', tenant: 'acme', expiresAt: START + 1 };
const clock = () => START;
let audit: MemoryAudit;
let keys: MemoryKeyStore;
let ports: Parameters<typeof revokeKey>[2];

beforeEach(() => {
  audit = new MemoryAudit();
  keys = new MemoryKeyStore(audit);
  ports = { keys, audit, clock, random: seededRandom(3) };
});

const entries = () => [...audit.entries.values(), ...audit.pendingEntries];
const found = async (id: string) => (await keys.find(id)) ?? expect.fail('no key');

describe('an API key', () => {
  it('is created and revoked with an audit entry each, which contain neither the key nor its hash', async () => {
    const { key, secret } = await createKey(wanted, actor, ports);
    await revokeKey(await found(key.id), actor, ports);
    const snapshot = {
      name: 'shop',
      role: 'producer',
      tenant: 'acme',
      prefix: secret.slice(0, 10),
      expires_at: '2026-11-22T10:00:00.001Z',
    };
    expect(entries()).toMatchObject([
      { actor, action: 'key.created', object: key.id, tenant: 'acme', before: null, after: snapshot },
      { actor, action: 'key.revoked', object: key.id, tenant: 'acme', before: snapshot, after: null },
    ]);
    expect(JSON.stringify(entries())).not.toContain(secret);
    expect(await keys.find(key.id)).toBeUndefined();
  });

  it('is refused at once by a container that has not cached it', async () => {
    const { key, secret } = await createKey({ ...wanted, expiresAt: null }, actor, ports);
    const enter = () =>
      createAuthenticator({ keys, sessions: new MemorySessionStore(), clock })(`Bearer ${secret}`, 'producer');
    expect(await enter()).toMatchObject({ id: key.id });
    await revokeKey(await found(key.id), actor, ports);
    await expect(enter()).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it.each(['before', 'after', 'repeated'] as const)('is eventually revoked even if a call fails (%s)', async (way) => {
    for (let failing = 0; failing < 2; failing++) {
      audit = new MemoryAudit();
      keys = new MemoryKeyStore(audit);
      const { key } = await createKey(wanted, actor, { ...ports, keys });
      let calls = 0;
      const fails = () => (calls++ === failing ? way : false);
      const shaky = {
        ...ports,
        keys: { put: keys.put, find: keys.find, remove: unreliable(keys.remove, fails) },
        audit: { append: unreliable(audit.append, fails) },
      };
      await revokeKey(await found(key.id), actor, shaky).catch(() => undefined);
      const again = await keys.find(key.id);
      if (again !== undefined) await revokeKey(again, actor, { ...ports, keys, audit });
      expect(await keys.find(key.id)).toBeUndefined();
      expect(entries().map(({ action }) => action)).toEqual(['key.created', 'key.revoked']);
    }
  });

  it('is stored once, with one entry, even if the response is lost', async () => {
    const { key } = await createKey(wanted, actor, {
      ...ports,
      keys: { ...ports.keys, find: keys.find, put: unreliable(keys.put, () => 'repeated') },
    });
    expect((await found(key.id)).pendingEntry).toMatchObject({ action: 'key.created' });
    expect(entries()).toHaveLength(1);
  });

  it('does not replace the tombstone of another with the same text', async () => {
    const { key, secret } = await createKey(wanted, actor, ports);
    await revokeKey(await found(key.id), actor, ports);
    const again = storeKey({ key: { ...key, id: 'key_other' }, secret }, actor, ports);
    await expect(again).rejects.toMatchObject({ kind: 'conflict' });
    expect(entries().map(({ action }) => action)).toEqual(['key.created', 'key.revoked']);
  });
});
