import { beforeEach, describe, expect, it } from 'vitest';
import type { UnreadableLetter } from '../../../core/fanout/unreadable-letter.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { DAY, START } from '../../support/delivery-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const LETTER: UnreadableLetter = { queue: 'rule', reason: 'not_json', setAsideAt: START, body: 'é{' };
const ids = async (query: string) => {
  const { data, next } = (await world.get(`/v1/unreadable?${query}`)).list;
  return { found: data.map(({ id }) => String(id)), next };
};

describe('messages that were set aside', () => {
  it('are listed page by page, without their bodies', async () => {
    for (let day = 0; day < 3; day++) await world.unreadable.put({ ...LETTER, setAsideAt: START + day * DAY });
    const first = await world.get('/v1/unreadable?limit=2');
    expect(first.list.data[0]).toEqual({
      id: expect.stringMatching(/^ltr_rule_2026-11-22_[0-9a-f]{64}$/),
      queue: 'rule',
      set_aside_on: '2026-11-22',
    });
    expect(first.text).not.toContain('é');
    const second = await ids(`limit=2&cursor=${first.list.next}`);
    const all = await ids('limit=100');
    expect([...first.list.data.map(({ id }) => id), ...second.found]).toEqual(all.found);
    expect([all.found.length, second.next, all.next]).toEqual([3, null, null]);
  });

  it('are read with their body, as it was in the queue, and the reason', async () => {
    await world.unreadable.put(LETTER);
    const [id] = (await ids('')).found;
    expect((await world.get(`/v1/unreadable/${id}`)).body).toEqual({
      ...{ id, queue: 'rule', set_aside_on: '2026-11-22', set_aside_at: '2026-11-22T10:00:00.000Z' },
      ...{ reason: 'not_json', size_bytes: 3, body: 'é{' },
    });
  });

  it('are none at first; a key of something else in the bucket is no id', async () => {
    expect(await ids('')).toEqual({ found: [], next: null });
    for (const id of ['ab/payload', 'ltr_..%2f..%2fab_2026-11-22_x', `ltr_fanout_2026-11-22_${'0'.repeat(64)}`]) {
      expect((await world.get(`/v1/unreadable/${encodeURIComponent(id)}`)).status).toBe(404);
    }
  });

  it('are refused to an admin of one tenant, as they may hold events of any', async () => {
    await world.unreadable.put(LETTER);
    const [id] = (await ids('')).found;
    const bound = world.key({ tenant: 'acme' });
    for (const path of ['/v1/unreadable', `/v1/unreadable/${id}`]) {
      expect((await world.get(path, bound)).status).toBe(403);
    }
  });

  it('are refused with the cursor of another list', async () => {
    await world.endpoint();
    await world.endpoint();
    const { next } = (await world.get('/v1/endpoints?limit=1')).list;
    expect((await world.get(`/v1/unreadable?cursor=${next}`)).faults).toEqual(['cursor']);
  });
});
