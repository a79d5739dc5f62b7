import { describe, expect, it } from 'vitest';
import { fuzz } from './engine/fuzz.ts';
import { shrink } from './engine/shrink.ts';

const fixture = (name: string) => ({
  module: new URL(`fixtures/${name}.ts`, import.meta.url).href,
  covers: ['test/fuzz/fixtures/'],
  corpus: [],
  seed: 1,
  seconds: 120,
});

describe('the search', () => {
  it('is guided by coverage to a failure behind four characters in turn', async () => {
    const { faults, blocks } = await fuzz({ ...fixture('magic'), inputs: 30_000 });
    expect(faults).toMatchObject([{ input: 'fuzz', report: expect.stringContaining('Error: Found.') }]);
    expect(blocks?.after).toBeGreaterThan(blocks?.before ?? Infinity);
  });

  it('does not find it without guidance in as many inputs', async () => {
    const { faults, tried } = await fuzz({ ...fixture('magic'), inputs: 30_000, guided: false });
    expect(tried).toBeGreaterThanOrEqual(30_000);
    expect(faults).toEqual([]);
  });

  it('is reproducible with the same seed, and differs with another', async () => {
    const run = async (seed: number) => (await fuzz({ ...fixture('magic'), inputs: 5_000, seed })).corpus;
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(one.length).toBeGreaterThan(1);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('reports an input that never ends', async () => {
    const { faults } = await fuzz({ ...fixture('endless'), endlessMs: 2_000, lostMax: 1 });
    expect(faults).toMatchObject([{ kind: 'endless', input: expect.stringContaining('!') }]);
  });

  it('reports an input that takes all memory, and continues in another thread', async () => {
    const { faults } = await fuzz({ ...fixture('greedy'), memoryMb: 32, lostMax: 2 });
    const fault = { kind: 'memory', input: expect.stringContaining('!') };
    expect(faults).toMatchObject([fault, fault]);
  });
});

describe('a failing input', () => {
  it('is reduced to the part that makes it fail, with plain characters', async () => {
    const fails = async (input: string) => /x.*y./s.test(input);
    expect(await shrink('many words x and others y\nand more', fails, 2_000)).toBe('xya');
  });

  it('stays as it is when the trials are used up', async () => {
    expect(await shrink('abcdef', async () => true, 0)).toBe('abcdef');
  });
});
