import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checks } from '../../tools/confirm/checks.ts';
import { factsOf } from '../../tools/confirm/page.ts';

const page = readFileSync(new URL('../../docs/confirm-on-aws.md', import.meta.url), 'utf8');

describe('docs/confirm-on-aws.md', () => {
  it('has a row for each check, and a check for each row', () => {
    const ids = factsOf(page).map(({ id }) => id);

    expect(ids.toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    // Rows that do not read as facts would be missing silently.
    expect(ids).toHaveLength([...page.matchAll(/^\| `/gm)].length);
  });
});
