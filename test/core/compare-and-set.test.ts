import { describe, expect, it } from 'vitest';
import { type Change, compareAndSet } from '../../core/compare-and-set.ts';

interface Stored {
  revision: number;
  writer: string;
}

/** A stored value that other writers change while ours decides. */
function store(rivals: number) {
  let stored: Stored = { revision: 0, writer: 'nobody' };
  const seen = { reads: 0, writes: 0 };
  let left = rivals;
  return {
    seen,
    stored: () => stored,
    async read() {
      seen.reads += 1;
      return stored;
    },
    async write(next: Stored) {
      seen.writes += 1;
      if (left-- > 0) stored = { revision: stored.revision + 1, writer: 'a rival' };
      if (next.revision !== stored.revision + 1) return false;
      stored = next;
      return true;
    },
  };
}

type Store = ReturnType<typeof store>;

const NOBODY: Stored = { revision: 0, writer: 'nobody' };

function set(target: Store, change: (state: Stored) => Change<Stored, string>, tries = 3): Promise<string> {
  return compareAndSet<Stored, string>({
    known: NOBODY,
    read: target.read,
    change,
    tries,
    exhausted: () => new Error('Too many rivals.'),
  });
}

const ours =
  (target: Store) =>
  ({ revision }: Stored): Change<Stored, string> => ({
    result: `written over ${revision}`,
    write: () => target.write({ revision: revision + 1, writer: 'us' }),
  });

describe('compare and set', () => {
  it('writes by what the caller has read, without another read', async () => {
    const target = store(0);
    expect(await set(target, ours(target))).toBe('written over 0');
    expect(target.stored()).toEqual({ revision: 1, writer: 'us' });
    expect(target.seen).toEqual({ reads: 0, writes: 1 });
  });

  it('decides again by the newest state when another writer was first', async () => {
    const target = store(2);
    expect(await set(target, ours(target))).toBe('written over 2');
    expect(target.stored().writer).toBe('us');
    expect(target.seen).toEqual({ reads: 2, writes: 3 });
  });

  it('writes nothing if the newest state needs no change', async () => {
    const target = store(1);
    const change = (state: Stored): Change<Stored, string> =>
      state.writer === 'a rival' ? { result: 'left as it is' } : ours(target)(state);
    expect(await set(target, change)).toBe('left as it is');
    expect(target.stored().writer).toBe('a rival');
    expect(target.seen).toEqual({ reads: 1, writes: 1 });
  });

  it('returns a result that is undefined', async () => {
    const options = { known: NOBODY, read: store(0).read, tries: 1, exhausted: () => new Error('Too many rivals.') };
    expect(await compareAndSet({ ...options, change: () => ({ result: undefined }) })).toBeUndefined();
  });

  it("gives up with the caller's error after as many writes as it may make", async () => {
    const target = store(3);
    await expect(set(target, ours(target), 3)).rejects.toThrow('Too many rivals.');
    expect(target.seen.writes).toBe(3);
  });

  it('recognises its own write, whose response was lost', async () => {
    const target = store(0);
    const change = (state: Stored): Change<Stored, string> => ({
      result: 'written',
      async write() {
        await target.write({ revision: state.revision + 1, writer: 'us' });
        return false;
      },
      ours: ({ writer, revision }) => (writer === 'us' ? `ours is revision ${revision}` : undefined),
    });
    expect(await set(target, change)).toBe('ours is revision 1');
    expect(target.seen.writes).toBe(1);
  });

  it('recognises its own write even if it was the last that it may make', async () => {
    const target = store(0);
    const change = (): Change<Stored, string> => ({ result: '', write: async () => false, ours: () => 'ours' });
    expect(await set(target, change, 1)).toBe('ours');
  });

  it('asks whether a write is its own by the state that was read after it', async () => {
    const target = store(1);
    const asked: Stored[] = [];
    const change = (state: Stored): Change<Stored, string> => ({
      ...ours(target)(state),
      ours(now) {
        asked.push(now);
        return undefined;
      },
    });
    await set(target, change);
    expect(asked).toEqual([{ revision: 1, writer: 'a rival' }]);
  });

  it('passes on what the change or the write throws, and tries no further', async () => {
    const target = store(0);
    const gone = () => {
      throw new Error('It is gone.');
    };
    await expect(set(target, gone)).rejects.toThrow('It is gone.');
    await expect(set(target, () => ({ result: '', write: gone }))).rejects.toThrow('It is gone.');
    expect(target.seen).toEqual({ reads: 0, writes: 0 });
  });
});
