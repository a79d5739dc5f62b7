import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants/list.ts';
import { ROOT } from './mutants/plant.ts';

/** `npm run simulate:mutants` plants them; this test only keeps them plantable. */
describe('the mutants that the simulation must catch', () => {
  it.each(MUTANTS)('can be planted: $name', ({ file, find, replace }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('have distinct names, and exist for every Lambda', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const parts = new Set(names.map((name) => name.split(':')[0]));
    expect([...parts]).toEqual(
      expect.arrayContaining([
        ...['ingest', 'fan-out', 'deliver', 'circuit', 'health', 'rate'],
        ...['sweep', 'release', 'drain', 'fan-outs', 'letters', 'announce', 'jobs', 'api', 'audit', 'sessions'],
      ]),
    );
  });
});
