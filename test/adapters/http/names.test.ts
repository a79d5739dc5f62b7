import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LookupFailed } from '../../../adapters/http/dns.ts';
import { DnsError, OwnLookupError } from '../../../adapters/http/lookup.ts';
import { type NameLimits, Names } from '../../../adapters/http/names.ts';

const CANARY = 'dynamodb.eu-central-1.amazonaws.com';
const FOUND: LookupAddress[] = [{ address: '192.0.2.1', family: 4 }];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Look-ups whose answers a test gives, in virtual time. Names that begin with `ok` are found at once. */
function world({ canary = CANARY, limits = {} }: { canary?: string | null; limits?: Partial<NameLimits> } = {}) {
  const asked: string[] = [];
  const open = new Map<string, PromiseWithResolvers<LookupAddress[]>>();
  const resolve = (name: string) => {
    asked.push(name);
    if (name.startsWith('ok')) return Promise.resolve(FOUND);
    const answer = Promise.withResolvers<LookupAddress[]>();
    open.set(name, answer);
    return answer.promise;
  };
  const names = new Names({
    resolve,
    canary,
    limits,
    now: () => performance.now(),
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
  });
  const fail = (name: string, ...codes: string[]) => open.get(name)?.reject(new LookupFailed(name, codes));
  return { names, asked, fail, answer: (name: string) => open.get(name)?.resolve(FOUND) };
}

const foundOf = async (names: Names, name: string, tenant = 'acme') => (await names.begin(name, tenant)).found;
/** Whether a promise has settled. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await vi.advanceTimersByTimeAsync(0);
  return done;
}

describe('look-ups of one name', () => {
  test('are one look-up while it is under way, whoever asks', async () => {
    const { names, asked, answer } = world();
    const both = [await names.begin('a', 'acme'), await names.begin('a', 'umbrella')].map(({ found }) => found);
    answer('a');

    expect(await Promise.all(both)).toEqual([FOUND, FOUND]);
    expect(asked).toEqual(['a']);
  });

  test('take one place', async () => {
    const { names } = world({ limits: { tenantMax: 1 } });
    await names.begin('a', 'umbrella');
    await names.begin('b', 'acme');

    expect(await isDone(names.begin('a', 'acme'))).toBe(true);
  });

  test('are another one if it began before the function stood still', async () => {
    const { names, asked, fail, answer } = world();
    const { found: old } = await names.begin('a', 'acme');
    const late = expect(old).rejects.toThrow(DnsError);
    fail('a', 'ENODATA');
    // Nothing of this process runs in between.
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    const { found } = await names.begin('a', 'acme');
    await late;
    const { found: shared } = await names.begin('a', 'acme');
    now.mockRestore();
    answer('a');

    expect(await Promise.all([found, shared])).toEqual([FOUND, FOUND]);
    expect(asked).toEqual(['a', 'a']);
  });

  test('are repeated once it has ended, so that a changed answer is seen', async () => {
    const { names, asked } = world();
    await foundOf(names, 'ok');
    await foundOf(names, 'ok');

    expect(asked).toEqual(['ok', 'ok']);
  });
});

describe('the line', () => {
  test('holds only the tenant that has too many under way', async () => {
    const { names, asked, answer } = world({ limits: { tenantMax: 2 } });
    const waiting = ['a', 'b', 'c'].map((name) => names.begin(name, 'acme'));

    expect(await isDone(waiting[2] ?? Promise.reject())).toBe(false);
    expect(await foundOf(names, 'ok', 'umbrella')).toEqual(FOUND);
    answer('a');
    expect(await isDone(waiting[2] ?? Promise.reject())).toBe(true);
    expect(asked).toEqual(['a', 'b', 'ok', 'c']);
  });

  test('holds everybody if there are too many in total', async () => {
    const { names, asked, answer } = world({ limits: { totalMax: 2 } });
    const waiting = ['a', 'b', 'c'].map((name, at) => names.begin(name, `tenant-${at}`));

    expect(await isDone(waiting[2] ?? Promise.reject())).toBe(false);
    answer('b');
    expect(await isDone(waiting[2] ?? Promise.reject())).toBe(true);
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  test('ends on our side for what has not begun in time, and the next one goes on', async () => {
    const { names, answer } = world({ limits: { tenantMax: 1, lineMs: 1_000 } });
    await names.begin('a', 'acme');
    const late = expect(names.begin('b', 'acme')).rejects.toBeInstanceOf(OwnLookupError);
    await vi.advanceTimersByTimeAsync(1_000);
    await late;
    answer('a');

    expect(await foundOf(names, 'ok')).toEqual(FOUND);
  });

  test('is left by a POST whose name another one has begun meanwhile', async () => {
    const { names, asked, answer } = world({ limits: { tenantMax: 2 } });
    for (const name of ['a', 'b']) await names.begin(name, 'acme');
    const both = [names.begin('c', 'acme'), names.begin('c', 'acme')];
    answer('a');
    answer('b');
    await Promise.all(both);

    expect(asked).toEqual(['a', 'b', 'c']);
    expect(await foundOf(names, 'ok')).toEqual(FOUND);
  });
});

describe('a failed look-up', () => {
  const blamed = async (failing: Promise<unknown>) =>
    failing.then(
      () => 'nobody',
      (error) => (error instanceof DnsError ? 'receiver' : error instanceof OwnLookupError ? 'us' : 'unknown'),
    );

  test.each([
    ['ENOTFOUND', 'ENOTFOUND'],
    ['ENODATA', 'ENODATA'],
    ['ENODATA', 'ETIMEOUT'],
    ['EBADNAME', 'EBADNAME'],
  ])('is the receiver’s if a server says %s and %s, and the canary is not asked', async (...codes) => {
    const { names, asked, fail } = world();
    const { found } = await names.begin('a', 'acme');
    fail('a', ...codes);

    expect(await blamed(found)).toBe('receiver');
    expect(asked).toEqual(['a']);
  });

  test.each(['ECONNREFUSED', 'ENOTINITIALIZED', 'EMFILE', 'ENOMEM', 'EFILE', 'ESOMETHINGNEW'])(
    'is ours if our resolver cannot be reached: %s',
    async (code) => {
      const { names, fail } = world({ canary: null });
      const { found } = await names.begin('a', 'acme');
      fail('a', code, 'ENODATA');

      expect(await blamed(found)).toBe('us');
    },
  );

  const unanswered = ['ETIMEOUT', 'ESERVFAIL', 'EREFUSED', 'EBADRESP'];

  test.each(unanswered)('is the receiver’s after %s if the canary has an address', async (code) => {
    const { names, fail, answer } = world();
    const { found } = await names.begin('a', 'acme');
    fail('a', code, code);
    const blame = blamed(found);
    await vi.advanceTimersByTimeAsync(0);
    answer(CANARY);

    expect(await blame).toBe('receiver');
  });

  test.each(unanswered)('is ours after %s if the canary fails too', async (code) => {
    const { names, fail } = world();
    const { found } = await names.begin('a', 'acme');
    fail('a', code, code);
    const blame = blamed(found);
    await vi.advanceTimersByTimeAsync(0);
    fail(CANARY, code, code);

    expect(await blame).toBe('us');
  });

  test('is the receiver’s if another name was answered while it was under way, though the canary fails', async () => {
    const { names, fail } = world();
    const { found } = await names.begin('a', 'acme');
    await vi.advanceTimersByTimeAsync(1_000);
    await foundOf(names, 'ok');
    fail(CANARY, 'ETIMEOUT');
    fail('a', 'ETIMEOUT');

    expect(await blamed(found)).toBe('receiver');
  });

  test('is the receiver’s if another name is answered while the canary is asked', async () => {
    const { names, fail } = world();
    const { found } = await names.begin('a', 'acme');
    fail('a', 'ESERVFAIL');
    const blame = blamed(found);
    await vi.advanceTimersByTimeAsync(1);
    await foundOf(names, 'ok');
    fail(CANARY, 'ESERVFAIL');

    expect(await blame).toBe('receiver');
  });

  test('is ours though another name was answered before it', async () => {
    const { names, fail } = world();
    await foundOf(names, 'ok');
    await vi.advanceTimersByTimeAsync(1);
    const { found } = await names.begin('a', 'acme');
    await vi.advanceTimersByTimeAsync(1_000);
    fail(CANARY, 'ETIMEOUT');
    fail('a', 'ETIMEOUT');

    expect(await blamed(found)).toBe('us');
  });

  test('is the receiver’s if there is no canary', async () => {
    const { names, fail } = world({ canary: null });
    const { found } = await names.begin('a', 'acme');
    fail('a', 'ETIMEOUT', 'ETIMEOUT');

    expect(await blamed(found)).toBe('receiver');
  });

  test('finds the canary already asked if it took a second, and asked once for many', async () => {
    const { names, asked } = world();
    for (let at = 0; at < 64; at++) await names.begin(`hang${at}`, 'acme');
    await vi.advanceTimersByTimeAsync(999);
    expect(asked).not.toContain(CANARY);
    await vi.advanceTimersByTimeAsync(1);

    expect(asked.filter((name) => name === CANARY)).toHaveLength(1);
  });
});
