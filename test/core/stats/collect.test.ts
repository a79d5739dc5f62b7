import { beforeEach, describe, expect, it } from 'vitest';
import { type CollectPorts, collectTallies } from '../../../core/stats/collect.ts';
import type { FilterIssue } from '../../../core/stats/filter-trouble.ts';
import { type Tally, type TallySum, tallyName, tallyOfFilter } from '../../../core/stats/tally.ts';
import { aTally, hoursLater } from './samples.ts';

/** The writes made; those of `broken` endpoints fail this many times. */
class Collector {
  readonly added: Tally[] = [];
  readonly sums: TallySum[] = [];
  readonly unsummed: number[] = [];
  /** How often the writes of tenants' sums fail. */
  brokenSums = 0;
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
      addSum: async (sum) => {
        this.now += this.writeMs;
        this.brokenSums -= 1;
        if (this.brokenSums >= 0) throw new Error('DynamoDB is away');
        this.sums.push(sum);
      },
    },
    wait: async (ms) => {
      this.now += ms;
    },
    trouble: async (of) => void this.troubles.push(of),
    remainingMs: () => 60_000 - this.now,
    failed: () => undefined,
    uncounted: (events) => void this.uncounted.push(events),
    unsummed: (hours) => void this.unsummed.push(hours),
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
    const at = { endpointId: 'ep_1', tenant: 'acme', hour: hoursLater(0) };
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
    const ofAcme = { ...at, tenant: 'acme' };
    const failing = tallyOfFilter(ofAcme, { error: 'it is odd' });
    await world.collect([failing, aTally()], [failing, tallyOfFilter(ofAcme, 'undecided')]);
    expect(world.added).toHaveLength(2);
    expect(world.troubles).toEqual([{ ...at, error: 'it is odd', undecided: 1 }]);
  });

  it('starts no report that the invocation might not finish', async () => {
    world.ports.trouble = async (of) => {
      world.troubles.push(of);
      world.now += 10_000;
    };
    const hour = hoursLater(0);
    const failing = Array.from({ length: 60 }, (_, at) =>
      tallyOfFilter({ endpointId: `ep_${at}`, tenant: 'acme', hour }, 'undecided'),
    );
    expect(await world.collect(failing)).toEqual([]);
    expect(world.added).toHaveLength(60);
    expect(world.troubles.length).toBeLessThan(30);
  });

  it('counts even if a report fails', async () => {
    world.ports.trouble = () => Promise.reject(new Error('DynamoDB is away'));
    expect(
      await world.collect([tallyOfFilter({ endpointId: 'ep_3', tenant: 'acme', hour: hoursLater(0) }, 'undecided')]),
    ).toEqual([]);
    expect(world.added).toHaveLength(1);
  });

  it('adds up for each tenant, and for all of them, with one write each', async () => {
    const [ofOther, later] = [aTally({ endpointId: 'ep_2', tenant: 'other' }), aTally({ hour: hoursLater(1) })];
    await world.collect([aTally(), aTally({ endpointId: 'ep_3' }), ofOther], [aTally(), later]);
    const sum = (tenant: string | null, delivered: number, at = 0): TallySum => {
      return { tenant, hour: hoursLater(at), delivered, failed: 0, latency: { 10: delivered } };
    };
    expect(world.sums).toEqual([
      ...[sum('acme', 3), sum(null, 4), sum('other', 1)],
      ...[sum('acme', 1, 1), sum(null, 1, 1)],
    ]);
  });

  it('adds to a tenant only what its endpoints got: the rest comes again, or is lost to both', async () => {
    world.broken.set('ep_1', 99);
    expect(await world.collect([aTally()], [other])).toEqual(['m1']);
    expect(world.sums.map(({ tenant, delivered }) => [tenant, delivered])).toEqual([
      ['acme', 1],
      [null, 1],
    ]);
  });

  it('retries the sums that failed, and reports those that are lost: their messages do not come again', async () => {
    world.brokenSums = 3;
    expect(await world.collect([aTally()])).toEqual([]);
    expect([world.sums.length, world.unsummed]).toEqual([2, []]);
    world.brokenSums = 99;
    expect(await world.collect([aTally()])).toEqual([]);
    expect([world.sums.length, world.unsummed, world.uncounted]).toEqual([2, [2], []]);
  });

  it('starts no write of a sum that the invocation might not finish', async () => {
    world.writeMs = 30_000;
    await world.collect([aTally(), other]);
    expect([world.added.length, world.sums, world.unsummed]).toEqual([2, [], [2]]);
  });

  it('leaves the heartbeat out of the sums, and adds what names no tenant to all', async () => {
    const heartbeat = aTally({ endpointId: 'ep_9', tenant: 'postrider.heartbeat' });
    await world.collect([heartbeat, aTally({ tenant: undefined })]);
    expect(world.added).toHaveLength(2);
    expect(world.sums.map(({ tenant, delivered }) => [tenant, delivered])).toEqual([[null, 1]]);
  });
});
