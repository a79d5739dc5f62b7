import { describe, expect, it } from 'vitest';
import { runAgainst } from './api-that-answers.ts';

const START_MS = Date.parse('2026-11-22T10:00:00.000Z');
const minutes = (count: number) => START_MS + count * 60_000;

/** An entry made at one minute, and listed from another on. */
interface Made {
  readonly n: number;
  readonly at: number;
  readonly listedAt: number;
}
const ENTRIES: readonly Made[] = [
  { n: 1, at: minutes(-90), listedAt: minutes(-90) },
  { n: 2, at: minutes(-8), listedAt: minutes(-8) },
  { n: 3, at: minutes(-3), listedAt: minutes(-3) },
  { n: 4, at: minutes(-2), listedAt: minutes(-2) },
  { n: 5, at: minutes(-4), listedAt: minutes(2) },
  { n: 6, at: minutes(1), listedAt: minutes(1) },
  { n: 7, at: minutes(3), listedAt: minutes(12) },
  { n: 8, at: minutes(20), listedAt: minutes(20) },
];

const entryOf = ({ n, at }: Made) => ({
  ...{ id: `aud_${n}`, at: new Date(at).toISOString(), action: 'key.created', object: `key_${n}`, tenant: null },
  actor: { kind: 'api_key', id: 'key_x', name: 'shop' },
});

/** The numbers of the entries that twenty minutes of `postrider audit list --follow` prints. */
async function follow(...args: string[]): Promise<number[]> {
  let now = START_MS;
  const stop = new AbortController();
  const { code, lines } = await runAgainst(
    ({ url }) => {
      const from = Date.parse(url.searchParams.get('from') ?? '1970-01-01T00:00:00Z');
      const limit = Number(url.searchParams.get('limit'));
      const listed = ENTRIES.filter(({ at, listedAt }) => at >= from && listedAt <= now).sort((a, b) => b.at - a.at);
      return [200, { data: listed.slice(0, limit).map(entryOf), next: null }];
    },
    ['audit', 'list', '--follow', '--json', ...args],
    {
      signal: stop.signal,
      clock: () => now,
      wait: async (ms) => {
        now += ms;
        if (now > minutes(21)) stop.abort();
      },
    },
    () => now,
  );
  expect(code).toBe(130);
  return lines.map((line) => Number(JSON.parse(line).id.split('_')[1]));
}

describe('postrider audit list --follow', () => {
  it('prints the last entries, oldest first, and then each that comes once, however late it is listed', async () => {
    expect(await follow('--limit', '2')).toEqual([3, 4, 6, 5, 7, 8]);
    expect(await follow()).toEqual([1, 2, 3, 4, 6, 5, 7, 8]);
  });

  it('prints nothing from before --since', async () => {
    expect(await follow('--since', new Date(minutes(-2.5)).toISOString())).toEqual([4, 6, 7, 8]);
  });

  it('has no end', async () => {
    for (const option of [['--all'], ['--until', '1h']]) {
      const { code, stdout, requests } = await runAgainst(() => [200, {}], ['audit', 'list', '--follow', ...option]);
      expect({ code, stdout, calls: requests.length }).toEqual({ code: 2, stdout: '', calls: 0 });
    }
  });
});
