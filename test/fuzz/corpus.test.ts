import { describe, expect, it } from 'vitest';
import { readCorpus } from './corpus.ts';
import { attempt } from './engine/attempt.ts';
import { TARGETS } from './targets/list.ts';

/* Runs the inputs that `npm run fuzz` found in the past; see CONTRIBUTING.md. */

describe('for every input of the saved corpus', () => {
  it.each(Object.entries(TARGETS))('the invariant of %s holds', async (name, load) => {
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
