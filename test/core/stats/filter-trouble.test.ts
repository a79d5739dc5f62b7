import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../core/durations.ts';
import { createFilterReporter, type FilterReporter, type ReportPorts } from '../../../core/stats/filter-trouble.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const HOUR = START;
let now: number;
let store: MemoryEndpointStore;
let ports: ReportPorts;
let report: FilterReporter;
beforeEach(() => {
  now = START + 600_000;
  const audit = new MemoryAudit();
  store = new MemoryEndpointStore(audit);
  store.endpoints.set('ep_1', anEndpoint({ filter: 'data.big', updatedAt: START - HOUR_MS }));
  const subscriptions = new MemorySubscriptionIndex();
  const clock = () => now;
  ports = { endpoints: store, subscriptions, audit, health: store.healthStore, clock, random: seededRandom(1) };
  report = createFilterReporter(ports);
});

const failing = (hour = HOUR) => report({ endpointId: 'ep_1', hour, error: 'it is odd', undecided: 0 });
const undecided = (count: number) => report({ endpointId: 'ep_1', hour: HOUR, error: undefined, undecided: count });
const notices = () => store.health.get('ep_1')?.outbox ?? [];
const state = () => [store.endpoints.get('ep_1')?.state, store.endpoints.get('ep_1')?.disabledReason];

describe('a filter that fails', () => {
  it('is reported once an hour, with the reason', async () => {
    await failing();
    now += 60_000;
    await failing();
    expect(notices()).toEqual([{ type: 'filter_failing', at: START + 600_000, reason: 'it is odd' }]);
    now += HOUR_MS;
    await failing(HOUR + HOUR_MS);
    expect(notices()).toHaveLength(2);
    // Tallies of a past hour may arrive late.
    await failing(HOUR);
    expect(notices()).toHaveLength(2);
  });

  it('is reported once an hour by one container, and read once by each', async () => {
    let reads = 0;
    const { find } = store;
    ports.endpoints = { ...store, put: store.put, remove: store.remove, find: (id) => find(id).finally(() => reads++) };
    const containers = [createFilterReporter(ports), createFilterReporter(ports)];
    const trouble = { endpointId: 'ep_1', hour: HOUR, error: 'it is odd', undecided: 0 };
    for (let at = 0; at < 6; at++) await containers[at % 2]?.(trouble);
    expect([notices().length, reads]).toEqual([1, 2]);
  });

  it('sets the mark by which the scheduled task finds it', async () => {
    await failing();
    expect(store.health.get('ep_1')?.holding).not.toBeNull();
  });

  it('disables nothing, and keeps nothing for an endpoint that is gone', async () => {
    for (let count = 0; count < 3; count++) await failing();
    expect(state()).toEqual(['active', null]);
    store.endpoints.delete('ep_1');
    store.health.clear();
    await failing();
    expect(store.health.size).toBe(0);
  });
});

describe('a filter beyond its limit', () => {
  it('is reported once an hour', async () => {
    for (const count of [1, 2, 3]) await undecided(count);
    expect(notices()).toEqual([
      { type: 'filter_failing', at: now, reason: 'it takes more steps than an event allows' },
    ]);
  });

  it('disables its endpoint only after more than 1,000 events in an hour', async () => {
    await undecided(1_000);
    expect(state()).toEqual(['active', null]);
    await undecided(1_001);
    expect(state()).toEqual(['disabled', 'filter']);
    expect(notices()).toContainEqual({ type: 'disabled', at: now, reason: 'filter' });
  });

  it('does not count against a filter changed since', async () => {
    // The hour's count continues from the former filter's.
    for (const updatedAt of [HOUR + 1, HOUR - 60_000]) {
      store.endpoints.set('ep_1', anEndpoint({ filter: 'data.small', updatedAt }));
      await undecided(5_000);
      expect(state()).toEqual(['active', null]);
    }
    store.endpoints.set('ep_1', anEndpoint({ filter: null, updatedAt: START - HOUR_MS }));
    await undecided(5_000);
    expect(state()).toEqual(['active', null]);
  });
});
