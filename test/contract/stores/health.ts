import { expect, test } from 'vitest';
import { type EndpointHealth, freshHealth } from '../../../core/endpoints/health.ts';
import { newId } from '../../../core/ids.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { allMarked } from '../../support/task-run.ts';
import { random } from './samples.ts';
import type { StoreWorld } from './world.ts';

function aHealth(changes: Partial<EndpointHealth> = {}): EndpointHealth {
  return { ...freshHealth(newId('ep', START, random)), revision: 1, ...changes };
}

const marked = (id: string) => ({ holding: { id, emptySince: null } });

export function healthRules(given: () => StoreWorld): void {
  test('an endpoint without stored health has a fresh one, wherever it is read', async () => {
    const { endpoints, health, deliveries } = given();
    const endpoint = anEndpoint({ id: newId('ep', START, random) });
    await endpoints.put(endpoint, null, null);
    const fresh = freshHealth(endpoint.id);
    expect(await health.find(endpoint.id)).toEqual(fresh);
    expect(await endpoints.find(endpoint.id)).toEqual({ endpoint, health: fresh });
    expect((await deliveries.load([], [endpoint.id])).endpoints.get(endpoint.id)).toEqual({ endpoint, health: fresh });
  });

  test('health is read back with every field as written, also together with the endpoint', async () => {
    const { endpoints, health, deliveries } = given();
    const endpoint = anEndpoint({ id: newId('ep', START, random) });
    const full = aHealth({
      endpointId: endpoint.id,
      consecutiveFailures: 12,
      failingSince: START,
      lastFailureAt: START + 1,
      circuit: {
        openUntil: START + 2,
        intervalMs: 60_000,
        releasedFor: START,
        probe: { token: 't', until: START + 3 },
      },
      lane: 'fast',
      slowSince: START + 4,
      holding: { id: 'hold_1', emptySince: START + 5 },
      outbox: [
        { type: 'circuit_opened', at: START, failures: 10 },
        { type: 'circuit_closed', at: START + 1 },
        { type: 'disabled', at: START + 2, reason: 'gone' },
      ],
    });
    await endpoints.put(endpoint, null, null);
    expect(await health.put(full, 0)).toBe(true);
    expect(await health.find(endpoint.id)).toEqual(full);
    expect((await endpoints.find(endpoint.id))?.health).toEqual(full);
    expect((await deliveries.load([], [endpoint.id])).endpoints.get(endpoint.id)?.health).toEqual(full);
    expect(await allMarked(health)).toEqual([{ health: full, endpoint }]);
  });

  // DDBG/WorkingWithItems.html, conditional writes
  test('one of the writers that read the same revision wins', async () => {
    const { health } = given();
    const one = aHealth();
    const firsts = Array.from({ length: 8 }, () => health.put(one, 0));
    expect((await Promise.all(firsts)).filter(Boolean)).toHaveLength(1);
    const nexts = Array.from({ length: 8 }, () => health.put({ ...one, revision: 2, lane: 'fast' }, 1));
    expect((await Promise.all(nexts)).filter(Boolean)).toHaveLength(1);
    expect(await health.put({ ...one, revision: 2 }, 1)).toBe(false);
    expect(await health.put({ ...one, revision: 9 }, 8)).toBe(false);
    expect(await health.find(one.endpointId)).toMatchObject({ revision: 2, lane: 'fast' });
  });

  test('endpoints with the holding mark are listed until it is cleared, even deleted ones', async () => {
    const { endpoints, health } = given();
    const [kept, cleared, plain] = [aHealth(marked('hold_1')), aHealth(marked('hold_2')), aHealth()];
    for (const one of [kept, cleared, plain]) await health.put(one, 0);
    const endpoint = anEndpoint({ id: kept.endpointId });
    await endpoints.put(endpoint, null, null);
    const byId = (one: { health: EndpointHealth }, other: { health: EndpointHealth }) =>
      one.health.endpointId < other.health.endpointId ? -1 : 1;
    const both = [
      { health: kept, endpoint },
      { health: cleared, endpoint: undefined },
    ];
    expect((await allMarked(health)).toSorted(byId)).toEqual(both.toSorted(byId));
    await health.put({ ...cleared, holding: null, revision: 2 }, 1);
    expect(await allMarked(health)).toEqual([{ health: kept, endpoint }]);
  });

  test('more than a hundred marked endpoints are listed', async () => {
    const { health } = given();
    const many = Array.from({ length: 120 }, (_, at) => aHealth(marked(`hold_${at}`)));
    await Promise.all(many.map((one) => health.put(one, 0)));
    const listed = (await allMarked(health)).map((one) => one.health.endpointId);
    expect(listed.sort()).toEqual(many.map(({ endpointId }) => endpointId).sort());
  });

  test('it is removed only at the revision that was read, and then starts fresh', async () => {
    const { health } = given();
    const one = aHealth(marked('hold_1'));
    await health.put(one, 0);
    const next = { ...one, revision: 2 };
    await health.put(next, 1);
    await health.remove(one);
    expect(await health.find(one.endpointId)).toEqual(next);
    await health.remove(next);
    await health.remove(next);
    expect([await health.find(one.endpointId), await allMarked(health)]).toEqual([freshHealth(one.endpointId), []]);
    expect(await health.put(one, 0)).toBe(true);
  });

  test('values read or written are copies: changing them does not change the store', async () => {
    const { health } = given();
    const one = aHealth({ ...marked('hold_1'), outbox: [{ type: 'circuit_closed', at: START }] });
    const stored = structuredClone(one);
    await health.put(one, 0);
    one.outbox.pop();
    (await health.find(one.endpointId)).outbox.pop();
    (await allMarked(health))[0]?.health.outbox.pop();
    expect(await health.find(one.endpointId)).toEqual(stored);
  });
}
