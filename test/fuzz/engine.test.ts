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
  it('is led by the code that it reaches to a fault behind four characters in turn', async () => {
    const { faults, blocks } = await fuzz({ ...fixture('magic'), inputs: 30_000 });
    expect(faults).toMatchObject([{ input: 'fuzz', report: expect.stringContaining('Error: Found.') }]);
    expect(blocks?.after).toBeGreaterThan(blocks?.before ?? Infinity);
  });

  it('does not find it blind, in as many inputs', async () => {
    const { faults, tried } = await fuzz({ ...fixture('magic'), inputs: 30_000, guided: false });
    expect(tried).toBeGreaterThanOrEqual(30_000);
    expect(faults).toEqual([]);
  });

  it('is the same again with the same seed, and another with another', async () => {
    const run = async (seed: number) => (await fuzz({ ...fixture('magic'), inputs: 5_000, seed })).corpus;
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(one.length).toBeGreaterThan(1);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('tells of an input that never comes to an end', async () => {
    const { faults } = await fuzz({ ...fixture('endless'), endlessMs: 2_000, lostMax: 1 });
    expect(faults).toMatchObject([{ kind: 'endless', input: expect.stringContaining('!') }]);
  });

  it('tells of an input that takes all memory, and goes on in another thread', async () => {
    const { faults } = await fuzz({ ...fixture('greedy'), memoryMb: 32, lostMax: 2 });
    const fault = { kind: 'memory', input: expect.stringContaining('!') };
    expect(faults).toMatchObject([fault, fault]);
  });
});

describe('an input at fault', () => {
  it('is shortened to what makes it fail, and that made plain', async () => {
    const fails = async (input: string) => /x.*y./s.test(input);
    expect(await shrink('many words x and others y\nand more', fails, 2_000)).toBe('xya');
  });

  it('stays as it is when the trials are used up', async () => {
    expect(await shrink('abcdef', async () => true, 0)).toBe('abcdef');
  });
});
