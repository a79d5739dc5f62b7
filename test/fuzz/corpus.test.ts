import { describe, expect, it } from 'vitest';
import { readCorpus } from './corpus.ts';
import { attempt } from './engine/attempt.ts';
import { TARGETS } from './targets/list.ts';

/* What `npm run fuzz` has found in the past, tried again; see CONTRIBUTING.md. */

describe('for every input of the saved corpus', () => {
  it.each(Object.entries(TARGETS))('it holds of %s', async (name, load) => {
    const { target } = await load();
    const inputs = [...target.seeds, ...readCorpus(name)];
    const reports: string[] = [];
    for (const input of inputs) {
      const { fault } = await attempt(target, input);
      if (fault !== undefined) reports.push(`${JSON.stringify(input)}: ${fault.report}`);
    }
    expect(reports, target.holds).toEqual([]);
  });
});
