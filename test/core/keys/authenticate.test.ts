import { beforeEach, describe, expect, it } from 'vitest';
import { type Authenticate, createAuthenticator, type KeyReader } from '../../../core/keys/authenticate.ts';
import { type ApiKey, keyHash, mintKey, type NewKey, ROLES, type Role } from '../../../core/keys/key.ts';
import { MemorySessionStore } from '../../fakes/sessions.ts';
import { START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const random = seededRandom(5);

let now: number;
let stored: Map<string, ApiKey>;
let reads: number;
let uses: string[];
let sessions: MemorySessionStore;
let authenticate: Authenticate;
beforeEach(() => {
  now = START;
  stored = new Map();
  reads = 0;
  uses = [];
  sessions = new MemorySessionStore();
  authenticate = container();
});

/** One container's key cache. */
function container(): Authenticate {
  const keys: KeyReader = {
    async findByHash(hash) {
      reads += 1;
      return structuredClone(stored.get(hash));
    },
    async noteUse(hash, day) {
      uses.push(day);
      const key = stored.get(hash);
      if (key) key.lastUsedOn = day;
    },
  };
  return createAuthenticator({ keys, sessions, clock: () => now });
}

function store(changes: Partial<NewKey> = {}): string {
  const { key, secret } = mintKey({ name: 'n', role: 'admin', tenant: null, expiresAt: null, ...changes }, now, random);
  stored.set(keyHash(secret), key);
  return secret;
}

const enter = (secret: string, role: Role = 'viewer') => authenticate(`Bearer ${secret}`, role);
const refused = (detail: RegExp) => expect.objectContaining({ message: expect.stringMatching(detail) });

describe('a key', () => {
  it('is read once a minute by a container, however often it is used', async () => {
    const secret = store();
    for (let count = 0; count < 100; count++) await enter(secret);
    expect(reads).toBe(1);
    now += 60_000;
    await enter(secret);
    expect(reads).toBe(2);
  });

  it('that is revoked is refused 60 s later at the latest', async () => {
    const secret = store();
    await enter(secret);
    stored.clear();
    now += 59_999;
    await expect(enter(secret)).resolves.toBeDefined();
    now += 1;
    await expect(enter(secret)).rejects.toEqual(refused(/unknown or revoked/));
  });

  it('is refused at once by a container that has not cached it', async () => {
    const secret = store();
    stored.clear();
    await expect(enter(secret)).rejects.toEqual(refused(/unknown or revoked/));
  });

  it('expires to the millisecond, even while it is cached', async () => {
    const secret = store({ expiresAt: START + 10_000 });
    now = START + 9_999;
    await expect(enter(secret)).resolves.toBeDefined();
    now = START + 10_000;
    await expect(enter(secret)).rejects.toEqual(refused(/expired/));
  });

  it('may be sent with any spelling of the scheme, and nothing else around it', async () => {
    const secret = store();
    for (const good of [`bearer ${secret}`, `BEARER  ${secret} `]) {
      await expect(authenticate(good, 'viewer')).resolves.toBeDefined();
    }
    for (const bad of [undefined, '', secret, 'Bearer', 'Bearer ', `Basic ${secret}`, `Bearer ${secret} x`]) {
      await expect(authenticate(bad, 'viewer')).rejects.toMatchObject({ kind: 'unauthenticated' });
    }
  });

  it('may do what its role allows', async () => {
    const allowed = await Promise.all(
      ROLES.map(async (role) => {
        const secret = store({ role });
        const answers = await Promise.allSettled(ROLES.map((needed) => enter(secret, needed)));
        return [role, ROLES.filter((_, index) => answers[index]?.status === 'fulfilled')];
      }),
    );
    expect(Object.fromEntries(allowed)).toEqual({
      viewer: ['viewer'],
      producer: ['producer'],
      admin: ['viewer', 'producer', 'admin'],
    });
  });
});

describe('the day of last use', () => {
  it('is written once a day by a container, by the first request of the day', async () => {
    const secret = store();
    for (let count = 0; count < 3; count++) await enter(secret);
    now = Date.parse('2026-11-23T00:00:00.000Z') - 1;
    await enter(secret);
    now += 1;
    await enter(secret);
    await enter(secret);
    expect(uses).toEqual(['2026-11-22', '2026-11-23']);
  });

  it('is not written again by another container', async () => {
    const secret = store();
    await enter(secret);
    authenticate = container();
    await enter(secret);
    expect(uses).toEqual(['2026-11-22']);
  });

  it('includes requests beyond the role, but none after the key expired', async () => {
    await expect(enter(store({ expiresAt: now }))).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(uses).toEqual([]);
    await expect(enter(store({ role: 'producer' }), 'admin')).rejects.toMatchObject({ kind: 'forbidden' });
    expect(uses).toEqual(['2026-11-22']);
  });
});
