import { beforeEach, describe, expect, it } from 'vitest';
import { type CollectPorts, collectTallies } from '../../../core/stats/collect.ts';
import type { FilterIssue } from '../../../core/stats/filter-trouble.ts';
import { type Tally, tallyName, tallyOfFilter } from '../../../core/stats/tally.ts';
import { aTally, hoursLater } from './samples.ts';

/** The writes made; those of `broken` endpoints fail this many times. */
class Collector {
  readonly added: Tally[] = [];
  readonly broken = new Map<string, number>();
  readonly uncounted: number[] = [];
  readonly troubles: FilterIssue[] = [];
  tried = 0;
  now = 0;
  writeMs = 0;

  readonly ports: CollectPorts = {
    stats: {
      add: async (tally) => {
        this.tried += 1;
        this.now += this.writeMs;
        const left = this.broken.get(tally.endpointId) ?? 0;
        this.broken.set(tally.endpointId, left - 1);
        if (left > 0) throw new Error('DynamoDB is away');
        this.added.push(tally);
        return tally.undecided ?? 0;
      },
    },
    wait: async (ms) => {
      this.now += ms;
    },
    trouble: async (of) => void this.troubles.push(of),
    remainingMs: () => 60_000 - this.now,
    failed: () => undefined,
    uncounted: (events) => void this.uncounted.push(events),
  };

  collect(...messages: Tally[][]): Promise<string[]> {
    return collectTallies(
      messages.map((tallies, at) => ({ messageId: `m${at + 1}`, tallies })),
      this.ports,
    );
  }
}

let world: Collector;
beforeEach(() => {
  world = new Collector();
});
const other = aTally({ endpointId: 'ep_2' });

describe('a batch of tallies', () => {
  it('is one write for each endpoint and hour, whatever message it came in', async () => {
    const later = aTally({ hour: hoursLater(1) });
    expect(await world.collect([aTally(), other], [aTally({ delivered: 0, failed: 2 })], [later])).toEqual([]);
    expect(world.added).toEqual([aTally({ delivered: 1, failed: 2, latency: { 10: 2 } }), other, later]);
  });

  it('retries only writes that failed', async () => {
    world.broken.set('ep_1', 2);
    expect(await world.collect([aTally(), other])).toEqual([]);
    expect([world.added.map(tallyName).sort(), world.uncounted]).toEqual([[aTally(), other].map(tallyName), []]);
  });

  it('is redelivered if nothing of a message was added', async () => {
    world.broken.set('ep_1', 99);
    expect(await world.collect([aTally()], [other])).toEqual(['m1']);
    expect([world.added, world.uncounted]).toEqual([[other], []]);
  });

  it('reports the loss if a part of a message was added: it cannot be added again', async () => {
    world.broken.set('ep_1', 99);
    expect(await world.collect([aTally({ delivered: 2, failed: 1 }), other], [aTally()])).toEqual(['m2']);
    expect([world.added, world.uncounted]).toEqual([[other], [3]]);
  });

  it('reports lost counts of events on which a filter failed or exceeded its limit', async () => {
    const at = { endpointId: 'ep_1', hour: hoursLater(0) };
    world.broken.set('ep_1', 99);
    await world.collect([tallyOfFilter(at, 'undecided'), tallyOfFilter(at, { error: 'it is odd' }), other]);
    expect(world.uncounted).toEqual([2]);
  });

  it('starts no write that the invocation might not finish', async () => {
    world.writeMs = 10_000;
    const messages = Array.from({ length: 40 }, (_, at) => [aTally({ endpointId: `ep_${at}` })]);
    const again = await world.collect(...messages);
    expect(world.tried).toBeLessThan(40);
    expect(again).toHaveLength(40 - world.added.length);
    expect(world.uncounted).toEqual([]);
  });

  it('reports each endpoint and hour whose filter failed or exceeded its limit, after counting', async () => {
    const at = { endpointId: 'ep_3', hour: hoursLater(0) };
    const failing = tallyOfFilter(at, { error: 'it is odd' });
    await world.collect([failing, aTally()], [failing, tallyOfFilter(at, 'undecided')]);
    expect(world.added).toHaveLength(2);
    expect(world.troubles).toEqual([{ ...at, error: 'it is odd', undecided: 1 }]);
  });

  it('starts no report that the invocation might not finish', async () => {
    world.ports.trouble = async (of) => {
      world.troubles.push(of);
      world.now += 10_000;
    };
    const hour = hoursLater(0);
    const failing = Array.from({ length: 60 }, (_, at) => tallyOfFilter({ endpointId: `ep_${at}`, hour }, 'undecided'));
    expect(await world.collect(failing)).toEqual([]);
    expect(world.added).toHaveLength(60);
    expect(world.troubles.length).toBeLessThan(30);
  });

  it('counts even if a report fails', async () => {
    world.ports.trouble = () => Promise.reject(new Error('DynamoDB is away'));
    expect(await world.collect([tallyOfFilter({ endpointId: 'ep_3', hour: hoursLater(0) }, 'undecided')])).toEqual([]);
    expect(world.added).toHaveLength(1);
  });
});
