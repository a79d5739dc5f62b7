import { expect, test } from 'vitest';
import { DAY, START } from '../../support/delivery-world.ts';
import { begunSession } from '../../support/sessions.ts';
import { anEntry, random } from './samples.ts';
import { type StoreWorld, toTheEnd } from './world.ts';

export function sessionRules(given: () => StoreWorld): void {
  const aSession = (changes: Parameters<typeof begunSession>[0] = {}, at = START) =>
    begunSession(changes, at, random).session;

  test('a session is found by its id until it is removed', async () => {
    const { sessions } = given();
    const session = aSession({ returnUrl: 'https://example.com/', locale: 'de-AT', theme: 'dark', next: '/x' });
    const [made, ended] = [anEntry({ object: session.id }), anEntry({ object: session.id })];
    expect(await sessions.put(session, undefined, made)).toBe(true);
    expect(await sessions.find(session.id)).toEqual({ session, pendingEntry: made, changeId: made.id });
    expect(await sessions.remove(session, made.id, ended)).toBe(true);
    expect(await sessions.find(session.id)).toBeUndefined();
    expect((await sessions.list(null, 10, null)).items).toEqual([]);
  });

  test('of ten who change a session at once, one does', async () => {
    const { sessions } = given();
    const session = aSession({ tokenHash: null, redeemedAt: null });
    const made = anEntry({ object: session.id });
    await sessions.put(session, undefined, made);
    const hashes = Array.from({ length: 10 }, (_, at) => `hash-${at}`);
    const won = await Promise.all(
      hashes.map(async (tokenHash) =>
        (await sessions.put({ ...session, tokenHash }, made.id, anEntry({ object: session.id }))) ? [tokenHash] : [],
      ),
    );
    expect(won.flat()).toHaveLength(1);
    expect((await sessions.find(session.id))?.session.tokenHash).toBe(won.flat()[0]);
  });

  test('a session that changed is not removed by who saw it before, and a removed one does not come back', async () => {
    const { sessions } = given();
    const session = aSession();
    const [made, changed] = [anEntry({ object: session.id }), anEntry({ object: session.id })];
    const entry = () => anEntry({ object: session.id });
    await sessions.put(session, undefined, made);
    expect(await sessions.put(session, undefined, entry())).toBe(false);
    await sessions.put(session, made.id, changed);
    expect(await sessions.remove(session, made.id, entry())).toBe(false);
    expect(await sessions.remove(session, changed.id, entry())).toBe(true);
    expect(await sessions.put(session, changed.id, entry())).toBe(false);
    expect(await sessions.put(session, undefined, entry())).toBe(false);
  });

  test('sessions are listed by tenant, and all, newest first', async () => {
    const { sessions } = given();
    const all = ['acme', 'acme', null].map((tenant, at) => aSession({ tenant }, START + at));
    for (const session of all) await sessions.put(session, undefined, anEntry({ object: session.id }));
    const listed = async (tenant: string | null, limit: number) =>
      (await toTheEnd((after) => sessions.list(tenant, limit, after))).flatMap(({ items }) => items);
    for (const limit of [1, 2, 10]) {
      expect(await listed('acme', limit)).toEqual(all.slice(0, 2).toReversed());
      expect(await listed(null, limit)).toEqual(all.toReversed());
    }
  });

  test("the end of a tenant's sessions is kept by compare and set, and read of many tenants at once", async () => {
    const { sessions } = given();
    const [first, second] = [anEntry({ object: 'acme' }), anEntry({ object: 'acme' })];
    expect(await sessions.ending('acme')).toEqual({ endedAt: undefined });
    expect(await sessions.putEnding('acme', START, undefined, first)).toBe(true);
    expect(await sessions.putEnding('acme', START + 1, undefined, second)).toBe(false);
    expect(await sessions.ending('acme')).toEqual({ endedAt: START, pendingEntry: first, changeId: first.id });
    expect(await sessions.putEnding('acme', START + DAY, first.id, second)).toBe(true);
    expect(await sessions.endings(['acme', 'globex'])).toEqual(new Map([['acme', START + DAY]]));
  });
}
