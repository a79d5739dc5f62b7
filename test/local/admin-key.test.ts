import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAdminKey } from '../../local/admin-key.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-key-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the admin key of a local run', () => {
  it('is created once, readable only by its owner, and found again', async () => {
    const { keys, stored } = fakeKeys();

    const first = await ensureAdminKey(dir, undefined, keys);
    const second = await ensureAdminKey(dir, undefined, keys);

    expect(first).toEqual({ key: 'made 1', isNew: true });
    expect(second).toEqual({ key: 'made 1', isNew: false });
    expect(stored).toEqual(new Set(['made 1']));
    expect(statSync(join(dir, 'admin-key')).mode & 0o777).toBe(0o600);
  });

  it('is the one from the environment', async () => {
    const { keys, stored } = fakeKeys();
    await ensureAdminKey(dir, undefined, keys);

    const given = await ensureAdminKey(dir, 'given', keys);

    expect(given).toEqual({ key: 'given', isNew: false });
    expect(stored).toContain('given');
    expect(readFileSync(join(dir, 'admin-key'), 'utf8')).toBe('given');
  });

  it('is stored again after a crash between the file and the table', async () => {
    const { keys } = fakeKeys();
    await ensureAdminKey(dir, undefined, keys);
    const empty = fakeKeys();

    await ensureAdminKey(dir, undefined, empty.keys);

    expect(empty.stored).toEqual(new Set(['made 1']));
  });
});

function fakeKeys() {
  const stored = new Set<string>();
  const keys = {
    create: async () => {
      const key = `made ${stored.size + 1}`;
      stored.add(key);
      return key;
    },
    adopt: async (key: string) => {
      stored.add(key);
    },
  };
  return { keys, stored };
}
