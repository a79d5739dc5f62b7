import { describe, expect, it } from 'vitest';
import type { Actor, AuditEntry, Snapshot } from '../../../core/audit/audit.ts';
import { flushPendingEntries } from '../../../core/audit/flush.ts';
import {
  type ChangePorts,
  changeEndpoint,
  disableEndpoint,
  removeEndpoint,
  storeNewEndpoint,
} from '../../../core/endpoints/change.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { endpointSnapshot } from '../../../core/endpoints/snapshot.ts';
import { MemoryAudit } from '../../fakes/audit.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { anEndpoint, START } from '../../support/delivery-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { aRun } from '../../support/task-run.ts';
import { Crash, type Fails, unreliable } from '../../support/unreliable.ts';

const actor: Actor = { kind: 'api_key', id: 'key_1', name: 'anna' };

class World {
  now = START;
  readonly audit = new MemoryAudit();
  readonly endpoints = new MemoryEndpointStore(this.audit);
  /** Decides how each call fails. */
  fails: Fails = () => false;
  readonly ports: ChangePorts;

  constructor() {
    const { endpoints, audit } = this;
    const subscriptions = new MemorySubscriptionIndex();
    const fails: Fails = () => this.fails();
    this.ports = {
      endpoints: {
        find: unreliable(endpoints.find, fails),
        put: unreliable(endpoints.put, fails),
        remove: unreliable(endpoints.remove, fails),
      },
      subscriptions: {
        put: unreliable(subscriptions.put.bind(subscriptions), fails),
        remove: unreliable(subscriptions.remove.bind(subscriptions), fails),
      },
      audit: { append: unreliable(audit.append, fails) },
      clock: () => ++this.now,
      random: seededRandom(3),
    };
  }

  get endpoint(): Endpoint | undefined {
    return this.endpoints.endpoints.get('ep_1');
  }

  /** The entries in lists, oldest first. */
  get entries(): AuditEntry[] {
    const all = new Map(
      [...this.audit.entries.values(), ...this.audit.pendingEntries].map((entry) => [entry.id, entry]),
    );
    return [...all.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  change(changes: Partial<Endpoint>): Promise<unknown> {
    return changeEndpoint('ep_1', (current) => ({ ...current, ...changes }), this.ports, { actor });
  }

  tick(): Promise<number> {
    const { audit } = this;
    return flushPendingEntries(aRun(START), { audit, pendingEntries: audit });
  }

  /** The endpoint's state according to the entries alone. */
  stateFromEntries(): Snapshot | null {
    let now: Snapshot | null = null;
    for (const { before, after } of this.entries) {
      for (const [name, value] of Object.entries(before ?? {})) expect(now?.[name]).toEqual(value);
      const stays: [string, unknown][] = Object.entries(now ?? {}).filter(
        ([name]) => before === null || !(name in before),
      );
      now = after === null ? null : { ...Object.fromEntries(stays), ...after };
    }
    return now;
  }
}

const actions: [string, (world: World) => Promise<unknown>][] = [
  ['a new endpoint', (world) => storeNewEndpoint(anEndpoint(), actor, world.ports)],
  ['a change', (world) => world.change({ description: 'new', eventTypes: ['x'] })],
  ['a change of the filter', (world) => world.change({ filter: 'data.a' })],
  ['a rotation', (world) => world.change({ secretVersion: 2 })],
  ['a change that disables', (world) => disableEndpoint(anEndpoint(), 'failing', START, world.ports)],
  ['a deletion', (world) => removeEndpoint('ep_1', actor, world.ports)],
];

describe('a change and its audit entry', () => {
  it.each(actions)('never exist one without the other, wherever the request of %s crashes', async (name, action) => {
    for (let calls = 0, isOver = false; !isOver; calls++) {
      for (const way of ['before', 'after', 'repeated'] as const) {
        const world = new World();
        if (name !== 'a new endpoint') await storeNewEndpoint(anEndpoint(), actor, world.ports);
        let left = calls;
        world.fails = () => (left-- === 0 ? way : false);
        const isDead = await action(world).then(
          () => false,
          (fault) => fault instanceof Crash || expect.fail(String(fault)),
        );
        world.fails = () => false;
        const expected = () => (world.endpoint === undefined ? null : endpointSnapshot(world.endpoint));
        expect(world.stateFromEntries()).toEqual(expected());
        // A caller without an answer repeats the request.
        if (isDead && (world.endpoint !== undefined || name === 'a new endpoint')) await action(world);
        expect(world.stateFromEntries()).toEqual(expected());
        for (let tick = 0; tick < 2; tick++) await world.tick();
        expect([world.stateFromEntries(), world.audit.pendingEntries]).toEqual([expected(), []]);
        isOver = left > 0;
      }
    }
  });

  it.each(actions)('are one each, even if the response of every call of %s is lost', async (name, action) => {
    const counts: number[] = [];
    for (const fails of [() => false, () => 'repeated'] satisfies Fails[]) {
      const world = new World();
      if (name !== 'a new endpoint') await storeNewEndpoint(anEndpoint(), actor, world.ports);
      world.fails = fails;
      await action(world);
      counts.push(world.entries.length);
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it('record who did it, when, and exactly what differs', async () => {
    const world = new World();
    await storeNewEndpoint(anEndpoint({ headers: { 'x-token': 'hush', 'x-team': 'a' } }), actor, world.ports);
    await world.change({ headers: { 'x-token': 'quiet', 'x-team': 'a', 'x-more': 'b' }, state: 'paused' });
    const [created, updated] = world.entries;
    expect(created).toMatchObject({
      at: START + 1,
      actor,
      action: 'endpoint.created',
      object: 'ep_1',
      tenant: 'acme',
      before: null,
      after: { url: 'https://example.com/…', headers: { 'x-token': '[redacted]', 'x-team': '[redacted]' } },
    });
    expect(updated).toMatchObject({
      action: 'endpoint.updated',
      before: { state: 'active', headers: { 'x-token': '[redacted]', 'x-team': '[redacted]' } },
      after: {
        state: 'paused',
        headers: { 'x-token': '[redacted, changed]', 'x-team': '[redacted]', 'x-more': '[redacted]' },
      },
    });
    expect(Object.keys(updated?.before ?? {})).toEqual(['state', 'headers']);
    expect(JSON.stringify(world.entries)).not.toMatch(/hush|quiet/);
  });

  it('record a header of which only the value changed', async () => {
    const world = new World();
    await storeNewEndpoint(anEndpoint({ headers: { 'x-token': 'hush' } }), actor, world.ports);
    await world.change({ headers: { 'x-token': 'quiet' } });
    expect(world.entries[1]).toMatchObject({
      before: { headers: { 'x-token': '[redacted]' } },
      after: { headers: { 'x-token': '[redacted, changed]' } },
    });
  });

  it('are not written for a change without effect, which still copies the pending entry', async () => {
    const world = new World();
    await storeNewEndpoint(anEndpoint({ metadata: { a: '1', b: '2' } }), actor, world.ports);
    await world.change({ metadata: { b: '2', a: '1' }, updatedAt: START + 9 });
    expect(world.entries.map(({ action }) => action)).toEqual(['endpoint.created']);
    expect(world.endpoint).toMatchObject({ version: 2, updatedAt: START + 9 });
    expect(world.audit.entries.size).toBe(1);
  });

  it('are all there after concurrent changes', async () => {
    const world = new World();
    await storeNewEndpoint(anEndpoint(), actor, world.ports);
    await Promise.all(['a', 'b', 'c', 'd'].map((description) => world.change({ description })));
    expect(world.entries).toHaveLength(5);
    expect(world.stateFromEntries()).toEqual(endpointSnapshot(world.endpoint ?? expect.fail('gone')));
  });

  it('record that the product disabled an endpoint automatically', async () => {
    const world = new World();
    await storeNewEndpoint(anEndpoint(), actor, world.ports);
    await disableEndpoint(anEndpoint(), 'gone', START, world.ports);
    expect(world.entries[1]).toMatchObject({
      actor: { kind: 'system' },
      action: 'endpoint.disabled',
      before: { state: 'active', disabled_reason: null },
      after: { state: 'disabled', disabled_reason: 'gone' },
    });
  });

  it('are two for a deletion: disabled first, then deleted', async () => {
    const world = new World();
    await storeNewEndpoint(anEndpoint(), actor, world.ports);
    await removeEndpoint('ep_1', actor, world.ports);
    const [, updated, deleted] = world.entries;
    expect(updated).toMatchObject({ action: 'endpoint.updated', after: { state: 'disabled' } });
    expect(deleted).toMatchObject({
      action: 'endpoint.deleted',
      before: { state: 'disabled', secret_version: 1 },
      after: null,
    });
    expect(world.entries).toHaveLength(3);
  });
});
