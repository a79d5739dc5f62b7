import { describe, expect, it } from 'vitest';
import { createRateLimiter, type Permit, type Postponed } from '../../../core/rate/limiter.ts';
import type { RateMark, RateSlots } from '../../../core/rate/slots.ts';
import { createMemoryRateSlots } from '../../fakes/rate-slots.ts';
import { START } from '../../support/delivery-world.ts';

function limiters(instances = 1) {
  const world = { now: START, taken: [] as RateMark[] };
  const slots = createMemoryRateSlots();
  const counted: RateSlots = {
    take: (...args) => {
      world.taken.push(args[1]);
      return slots.take(...args);
    },
  };
  const all = Array.from({ length: instances }, () => createRateLimiter(counted, () => world.now));
  return { world, all, one: all[0] ?? expect.fail('none') };
}
const many = <Value>(count: number, make: (at: number) => Value) => Array.from({ length: count }, (_, at) => make(at));
const permits = (answers: (Permit | Postponed)[]) => answers.filter((answer) => answer.kind === 'post');
/** When each may POST, in ms from now. */
const startsOf = (answers: (Permit | Postponed)[], now = START) => permits(answers).map(({ from }) => from - now);
const slotTimes = (answers: (Permit | Postponed)[]) =>
  answers.flatMap((answer) => (answer.kind === 'slot' ? [answer.at - START] : []));

describe('the limit per second of an endpoint', () => {
  it.each([
    { perSecond: 1, starts: [0, 1_000] },
    { perSecond: 2, starts: [0, 500, 1_000] },
    { perSecond: 10, starts: [-400, -300, -200, -100, 0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000] },
  ])('permits half a second’s worth at once, and the second ahead ($perSecond a second)', async (of) => {
    const { one } = limiters();
    const answers = await Promise.all(many(20, () => one.ask('ep_1', of.perSecond, false)));
    expect(startsOf(answers)).toEqual(of.starts);
    for (const { from, until } of permits(answers)) expect(until - from).toBeLessThan(1_000);
  });

  it.each([1, 2, 3, 7, 1_000])(
    'leaves time for the steps before the POST, even in a burst (%i a second)',
    async (n) => {
      const { one } = limiters();
      const answers = await Promise.all(many(n, () => one.ask('ep_1', n, false)));
      for (const { from, until } of permits(answers)) expect(until - Math.max(from, START)).toBeGreaterThanOrEqual(450);
    },
  );

  it('gives all others consecutive slots in the line', async () => {
    const { one } = limiters();
    const answers = await Promise.all(many(20, () => one.ask('ep_1', 4, false)));
    expect(permits(answers)).toHaveLength(6);
    expect(slotTimes(answers)).toEqual(many(14, (at) => (at + 1) * 250));
  });

  it('permits no new message while the line is not empty, but every message that has reached its slot', async () => {
    const { world, one } = limiters();
    await Promise.all(many(10, () => one.ask('ep_1', 2, false)));
    world.now += 2_000;
    const [fresh, due] = await Promise.all([one.ask('ep_1', 2, false), one.ask('ep_1', 2, true)]);
    expect(due.kind).toBe('post');
    expect(fresh).toEqual({ kind: 'slot', at: START + 4_000 });
    world.now = START + 4_000;
    expect((await one.ask('ep_1', 2, false)).kind).toBe('post');
  });

  it('lines up messages at their slot again when the gate is full, ahead of new ones', async () => {
    const { world, one } = limiters();
    await Promise.all(many(100, () => one.ask('ep_1', 2, false)));
    world.now += 3_600_000;
    const answers = await Promise.all(many(10, (at) => one.ask('ep_1', 2, at % 2 === 1)));
    expect(startsOf(answers, world.now)).toEqual([0, 500, 1_000]);
    expect(answers.map((answer) => (answer.kind === 'slot' ? answer.at - world.now : 0))).toEqual([
      ...[1_500, 0, 2_000, 0, 2_500, 0, 3_000, 500, 3_500, 1_000],
    ]);
  });

  it('that is raised applies at once to new messages, even if the former line reaches far ahead', async () => {
    const { world, one } = limiters();
    for (let batch = 0; batch < 90; batch++) await Promise.all(many(10, () => one.ask('ep_1', 1, false)));
    world.now += 10_000;
    const answers = await Promise.all(many(2_000, () => one.ask('ep_1', 1_000, false)));
    expect(permits(answers)).toHaveLength(1_500);
    expect(Math.max(...slotTimes(answers))).toBe(10_000 + 500);
    expect((await one.ask('ep_1', 1_000, true)).kind).toBe('slot');
    world.now += 10_000;
    expect((await one.ask('ep_1', 1_000, false)).kind).toBe('post');
  });

  it('that is lowered lines up after the former line, and then at its own pace', async () => {
    const { world, one } = limiters();
    await Promise.all(many(24, () => one.ask('ep_1', 10, false)));
    const answers = await Promise.all(many(3, () => one.ask('ep_1', 1, false)));
    expect(slotTimes(answers)).toEqual([1_900, 2_900, 3_900]);
    world.now = START + 3_900;
    const later = await Promise.all(many(4, () => one.ask('ep_1', 1, false)));
    expect(startsOf(later, world.now)).toEqual([0, 1_000]);
    expect(slotTimes(later)).toEqual([4_900, 5_900]);
  });

  it('of which some still have the former value cached keeps one line, which nothing overtakes', async () => {
    const { world, all } = limiters(2);
    const [former, current] = [all[0] ?? expect.fail('none'), all[1] ?? expect.fail('none')];
    await Promise.all(many(60, () => former.ask('ep_1', 1, false)));
    const raised = await Promise.all(many(30, () => current.ask('ep_1', 10, false)));
    expect(slotTimes(raised)).toEqual(many(30, (at) => (at + 1) * 100));
    expect(await former.ask('ep_1', 1, false)).toEqual({ kind: 'slot', at: START + 4_000 });
    expect(await current.ask('ep_1', 10, false)).toEqual({ kind: 'slot', at: START + 4_100 });
    world.now = START + 4_100;
    expect((await current.ask('ep_1', 10, false)).kind).toBe('post');
  });

  it('is one limit for all instances, and each slot is given once', async () => {
    const { all } = limiters(7);
    const answers = await Promise.all(all.flatMap((limiter) => many(5, () => limiter.ask('ep_1', 5, false))));
    expect(new Set(startsOf(answers)).size).toBe(7);
    expect(new Set(slotTimes(answers)).size).toBe(28);
  });

  it('costs one update for a batch that stays under it, for each endpoint', async () => {
    const { world, one } = limiters();
    await Promise.all(many(20, (at) => one.ask(at % 2 === 0 ? 'ep_1' : 'ep_2', 10, false)));
    expect(world.taken).toEqual(['gate', 'gate']);
  });

  it('costs messages at their slot one update, and those lined up again one more', async () => {
    const { world, one } = limiters();
    await Promise.all(many(5, () => one.ask('ep_1', 5, true)));
    expect(world.taken).toEqual(['gate']);
    await Promise.all(many(5, () => one.ask('ep_1', 5, true)));
    expect(world.taken).toEqual(['gate', 'gate', 'line']);
  });

  it('is asked once for all messages that arrive while it is being asked', async () => {
    const waiting: (() => void)[] = [];
    const counts: number[] = [];
    const slots: RateSlots = {
      take: async (_, __, { count, nowMs }) => {
        counts.push(count);
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { begin: nowMs, count };
      },
    };
    const limiter = createRateLimiter(slots, () => START);
    const first = limiter.ask('ep_1', 100, false);
    await new Promise((resolve) => setImmediate(resolve));
    const others = many(30, () => limiter.ask('ep_1', 100, false));
    waiting.shift()?.();
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.();
    expect(permits(await Promise.all(others))).toHaveLength(30);
    expect(counts).toEqual([1, 30]);
  });

  it('gives no slot further ahead than a message can be delayed', async () => {
    const { one } = limiters();
    const answers = (await Promise.all(many(100, () => Promise.all(many(10, () => one.ask('ep_1', 1, false)))))).flat();
    expect(permits(answers)).toHaveLength(2);
    expect(slotTimes(answers)).toHaveLength(900);
    expect(Math.max(...slotTimes(answers))).toBe(900_000);
    expect(answers.slice(902).every(({ kind }) => kind === 'no_slot')).toBe(true);
  });

  it('fails every message of a batch if the update fails, and asks again after that', async () => {
    const slots = createMemoryRateSlots();
    let fails = true;
    const take: RateSlots['take'] = (...args) => {
      return fails ? Promise.reject(new Error('throttled')) : slots.take(...args);
    };
    const limiter = createRateLimiter({ take }, () => START);
    const outcomes = await Promise.allSettled([limiter.ask('ep_1', 1, false), limiter.ask('ep_1', 1, false)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect((await limiter.ask('ep_1', 1, false)).kind).toBe('post');
  });

  it('keeps the permits of the gate if the update of the line fails', async () => {
    const slots = createMemoryRateSlots();
    const take: RateSlots['take'] = (id, mark, wanted) => {
      return mark === 'line' ? Promise.reject(new Error('throttled')) : slots.take(id, mark, wanted);
    };
    const limiter = createRateLimiter({ take }, () => START);
    const outcomes = await Promise.allSettled(many(4, () => limiter.ask('ep_1', 1, false)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  });
});
