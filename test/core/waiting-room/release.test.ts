import { beforeEach, describe, expect, it } from 'vitest';
import { startOf } from '../../../core/deliveries/advance.ts';
import type { OutgoingDelivery } from '../../../core/deliveries/message.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import type { ContinuationMessage } from '../../../core/tasks/continuation.ts';
import { runTask } from '../../../core/tasks/task-run.ts';
import { type ReleasePorts, releaseHeld } from '../../../core/waiting-room/release.ts';
import { createMemoryWaitingRoom, MemoryDeliveryLedger } from '../../fakes/deliveries.ts';
import { MemoryEndpointStore } from '../../fakes/endpoints.ts';
import { aMessage, anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { aRun, timeFor } from '../../support/task-run.ts';

const MINUTE = 60_000;
const TIMEOUT_MS = 60_000;

/** Held deliveries of many endpoints, and a clock that advances with everything that is sent. */
class ReleaseWorld {
  now = START;
  /** How long one message takes. */
  sendMs = 0;
  readonly registry = new MemoryEndpointStore();
  readonly ledger = new MemoryDeliveryLedger(this.registry);
  readonly sent: { endpointId: string; visibleAt: number }[] = [];
  readonly continuations: ContinuationMessage[] = [];
  ports: ReleasePorts = {
    room: createMemoryWaitingRoom(this.ledger),
    ledger: this.ledger,
    queue: { send: async (messages) => this.#take(messages) },
    clock: () => this.now,
    shards: 1,
    marked: this.registry.marked,
    health: this.registry.healthStore,
    releasePerSecond: 100,
    functionTimeoutMs: 60_000,
    retentionMs: 30 * DAY,
  };

  async #take(messages: OutgoingDelivery[]): Promise<void> {
    for (const { message, delaySeconds } of messages) {
      this.sent.push({ endpointId: message.endpointId, visibleAt: this.now + delaySeconds * 1_000 });
    }
    this.now += messages.length * this.sendMs;
  }

  /** An endpoint with a mark, and deliveries that are held for it. */
  async hold(endpointId: string, count: number, changes: { circuit?: 'due' } = {}): Promise<void> {
    this.registry.endpoints.set(endpointId, anEndpoint({ id: endpointId }));
    const circuit = { openUntil: START, intervalMs: MINUTE, releasedFor: null, probe: null };
    this.registry.health.set(endpointId, {
      ...freshHealth(endpointId),
      ...(changes.circuit && { circuit }),
      holding: { id: 'hold_1', emptySince: null },
      revision: 1,
    });
    for (let at = 0; at < count; at++) {
      const record = startOf(aMessage({ endpointId, eventId: `evt_${String(at).padStart(5, '0')}` }), START);
      await this.ledger.put({ ...record, status: 'waiting', waitingFor: 'circuit', revision: 1 }, null);
    }
  }

  /** One invocation: the scheduled one, or with a message. */
  async invoke(message?: ContinuationMessage): Promise<number> {
    const deadline = this.now + TIMEOUT_MS;
    const released = await runTask('release', message, (run) => releaseHeld(run, this.ports), {
      continuations: { send: async (messages) => void this.continuations.push(...messages) },
      clock: () => this.now,
      remainingMs: () => deadline - this.now,
    });
    return released ?? 0;
  }

  /** How many were sent, by endpoint. */
  counts(): Map<string, number> {
    return new Map([...Map.groupBy(this.sent, ({ endpointId }) => endpointId)].map(([id, sent]) => [id, sent.length]));
  }

  held(endpointId: string): number {
    return [...this.ledger.records.values()].filter(
      (record) => record.endpointId === endpointId && record.status === 'waiting',
    ).length;
  }

  mark(endpointId: string) {
    return this.registry.health.get(endpointId)?.holding;
  }
}

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld();
});

const many = (count: number) => Array.from({ length: count }, (_, at) => `ep_${String(at).padStart(3, '0')}`);

describe('the release of held deliveries', () => {
  it('ends in time, and messages go on with what is left', async () => {
    for (const id of many(10)) await world.hold(id, 700);
    world.sendMs = 10;
    await world.invoke();
    expect(world.now - START).toBeLessThan(TIMEOUT_MS - 10_000);
    expect(world.continuations.length).toBeGreaterThan(0);
    const before = world.sent.length;
    for (const message of world.continuations.splice(0)) {
      world.now = Math.min(world.now, START + MINUTE - 1);
      await world.invoke(message);
    }
    expect(world.sent.length).toBeGreaterThan(before + 1_000);
  });

  it('gives every endpoint its turn before one with a large backlog has its second', async () => {
    world.ports.releasePerSecond = 10;
    for (const id of many(12)) await world.hold(id, 200);
    await world.hold('ep_small', 5);
    // Time for 750 or so.
    world.sendMs = 40;
    await world.invoke();
    expect(world.held('ep_small')).toBe(0);
    for (const id of many(12)) expect(world.counts().get(id)).toBeGreaterThanOrEqual(50);
  });

  it('sends every due probe before any other delivery', async () => {
    for (const id of many(30)) await world.hold(id, 100);
    for (const id of ['ep_1a', 'ep_5a', 'ep_9z']) await world.hold(id, 3, { circuit: 'due' });
    await world.invoke();
    const first = world.sent.slice(0, 3).map(({ endpointId }) => endpointId);
    expect(first.toSorted()).toEqual(['ep_1a', 'ep_5a', 'ep_9z']);
    expect(world.counts().get('ep_1a')).toBe(1);
  });

  it('begins with other endpoints each minute, so that none starves while there is time for a few only', async () => {
    for (const id of many(40)) await world.hold(id, 1);
    for (let minute = 0; minute < 16; minute++) {
      // A probe, a listing and so on look at the clock too: this is time for about ten endpoints.
      const run = aRun(START + minute * MINUTE, { remainingMs: timeFor(3 + 3 + 10 * 2) });
      await releaseHeld(run, world.ports);
      // A new one is held for those that had their turn, as for endpoints that get events all the time.
      for (const id of world.counts().keys()) {
        const record = startOf(aMessage({ endpointId: id, eventId: `evt_more_${minute}` }), START);
        await world.ledger.put({ ...record, status: 'waiting', waitingFor: 'circuit', revision: 1 }, null);
      }
    }
    expect(world.counts().size).toBe(40);
  });

  it('keeps the rate over turns, messages, minutes and runs that overlap', async () => {
    world.ports.releasePerSecond = 10;
    await world.hold('ep_1', 1_500);
    world.sendMs = 7;
    const isOver = () => world.held('ep_1') === 0;
    for (let minute = 0; minute < 10 && !isOver(); minute++) {
      world.now = Math.max(world.now, START + minute * MINUTE);
      await Promise.all([world.invoke(), world.invoke()]);
      for (const message of world.continuations.splice(0)) await world.invoke(message);
    }
    const times = world.sent.map(({ visibleAt }) => visibleAt).toSorted((one, other) => one - other);
    let most = 0;
    for (let from = 0, to = 0; to < times.length; to++) {
      while ((times[to] ?? 0) - (times[from] ?? 0) >= 1_000) from += 1;
      most = Math.max(most, to - from + 1);
    }
    expect(most).toBeLessThanOrEqual(10);
    expect((times.at(-1) ?? 0) - START).toBeLessThan(10 * MINUTE);
  });

  it('releases no more than a minute ahead, so that a pause takes effect within about that time', async () => {
    world.ports.releasePerSecond = 10;
    await world.hold('ep_1', 900);
    await world.invoke();
    expect(world.sent.length).toBeLessThanOrEqual(610);
    expect(Math.max(...world.sent.map(({ visibleAt }) => visibleAt)) - START).toBeLessThanOrEqual(MINUTE + 1_000);
    world.now = START + MINUTE;
    await world.invoke();
    expect(world.held('ep_1')).toBe(0);
  });

  it('keeps the mark until every invocation that may hold a delivery under it has ended', async () => {
    await world.hold('ep_1', 0);
    // An endpoint is cached for 5 s, and an invocation takes up to a minute.
    for (const seconds of [0, 1, 65]) {
      world.now = START + seconds * 1_000;
      await world.invoke();
      expect(world.mark('ep_1')).toEqual({ id: 'hold_1', emptySince: START });
    }
    world.now = START + 65_001;
    await world.invoke();
    expect(world.mark('ep_1')).toBeNull();
  });

  it('keeps the mark of an endpoint that it had no time to look at', async () => {
    await world.hold('ep_1', 0);
    for (const minutes of [0, 2, 4, 6]) {
      // Time to list the shards, and for nothing else.
      const run = aRun(START + minutes * MINUTE, { remainingMs: timeFor(world.ports.marked.shards) });
      await releaseHeld(run, world.ports);
    }
    expect(world.mark('ep_1')).toEqual({ id: 'hold_1', emptySince: null });
  });

  it('tells how many circuits of active endpoints are not closed, also if it cannot release anything', async () => {
    const told: number[] = [];
    world.ports.openCircuits = (count) => told.push(count);
    for (const id of many(2)) await world.hold(id, 1, { circuit: 'due' });
    await world.hold('ep_closed', 1);
    await world.hold('ep_paused', 1, { circuit: 'due' });
    world.registry.endpoints.set('ep_paused', anEndpoint({ id: 'ep_paused', state: 'paused' }));
    world.ports.queue = { send: () => Promise.reject(new Error('SQS is unavailable')) };

    await expect(world.invoke()).rejects.toThrow();

    expect(told).toEqual([2]);
  });

  it('does nothing more when a message is delivered again', async () => {
    for (const id of many(10)) await world.hold(id, 300);
    world.sendMs = 15;
    await world.invoke();
    const messages = world.continuations.splice(0);
    expect(messages.length).toBeGreaterThan(0);
    for (const message of [...messages, ...messages]) {
      world.now = START + 31_000;
      await world.invoke(message);
    }
    const keys = new Set([...world.ledger.records.values()].map(({ eventId, endpointId }) => eventId + endpointId));
    expect(world.sent.length).toBeLessThanOrEqual(keys.size);
    // Late, it does nothing at all.
    world.now = START + 2 * MINUTE;
    const before = world.sent.length;
    for (const message of messages) await world.invoke(message);
    expect(world.sent.length).toBe(before);
  });

  it('is done by the next tick if no message could be sent', async () => {
    for (const id of many(10)) await world.hold(id, 300);
    world.sendMs = 12;
    for (let minute = 0; minute < 4; minute++) {
      world.now = Math.max(world.now, START + minute * MINUTE);
      await world.invoke();
      world.continuations.splice(0);
    }
    expect(many(10).map((id) => world.held(id))).toEqual(many(10).map(() => 0));
  });
});
