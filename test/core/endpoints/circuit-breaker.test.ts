import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  type CircuitRules,
  checkCircuit,
  hasFailedForDays,
  type ObservedAttempt,
  withProbe,
  withSlowLane,
} from '../../../core/endpoints/circuit-breaker.ts';
import { type EndpointHealth, freshHealth } from '../../../core/endpoints/health.ts';
import { DAY, START } from '../../support/delivery-world.ts';

const rules: CircuitRules = { openAfterFailures: 10, disableAfterMs: 5 * DAY, disableAfterFailures: 10 };
const healthy: EndpointHealth = { ...freshHealth('ep_1'), lane: 'fast', revision: 1 };
const MINUTE = 60_000;

const seen = (changes: Partial<ObservedAttempt> = {}): ObservedAttempt => ({
  at: START,
  succeeded: false,
  quick: true,
  probe: null,
  lastSuccessAt: null,
  silent: false,
  ...changes,
});
const afterOne = (health: EndpointHealth, changes: Partial<ObservedAttempt> = {}) =>
  afterAttempt(health, seen(changes), rules, () => 'hold_1');
const failTimes = (count: number, health = healthy) =>
  Array.from({ length: count }, (_, at) => START + at).reduce((current, at) => afterOne(current, { at }), health);

describe('the circuit of an endpoint', () => {
  it('is not written for a success of a healthy endpoint', () => {
    expect(afterOne(healthy, { succeeded: true })).toBe(healthy);
  });

  it('opens at the tenth failure in a row, and sets the holding mark in the same write', () => {
    expect(failTimes(9)).toMatchObject({ consecutiveFailures: 9, failingSince: START, circuit: null, holding: null });
    expect(failTimes(10)).toMatchObject({
      consecutiveFailures: 10,
      circuit: { openUntil: START + 9 + MINUTE, intervalMs: MINUTE, probe: null },
      holding: { id: 'hold_1', emptySince: null },
      outbox: [{ type: 'circuit_opened', at: START + 9, failures: 10 }],
    });
  });

  it('restarts its count after a success that this container saw but did not write', () => {
    const failed = failTimes(9);
    expect(afterOne(failed, { at: START + 20, lastSuccessAt: START + 15 })).toMatchObject({
      consecutiveFailures: 1,
      failingSince: START + 20,
    });
    expect(afterOne(failed, { at: START + 20, lastSuccessAt: START + 5 }).circuit).not.toBeNull();
  });

  it('ignores results of POSTs sent before it opened: only its probe counts', () => {
    const open = failTimes(10);
    expect(afterOne(open, { at: START + 5_000 })).toBe(open);
  });

  it('lets one probe through, with a lease, when its interval has passed', () => {
    const open = failTimes(10);
    const due = START + 9 + MINUTE;
    expect(checkCircuit(open, null, due - 1)).toBe('hold');
    expect(checkCircuit(open, null, due)).toBe('probe');

    const leased = withProbe(open, { token: 't1', timeoutMs: 15_000, chosenAt: null }, due);
    expect(checkCircuit(leased, null, due)).toBe('hold');
    expect(withProbe(leased, { token: 't2', timeoutMs: 15_000, chosenAt: null }, due)).toBe(leased);
    // A holder that crashed blocks others no longer than its request could have lasted.
    expect(checkCircuit(leased, null, due + 25_000)).toBe('probe');
  });

  it('lets an operator try at once, once after each failure that the operator could know about', () => {
    const open = failTimes(10);
    expect(checkCircuit(open, START + 1_000, START + 2_000)).toBe('probe');
    expect(checkCircuit(open, START + 9, START + 2_000)).toBe('hold');
  });

  it('stays open for twice as long after each probe that fails, up to an hour', () => {
    let health = failTimes(10);
    const intervals: number[] = [];
    for (let probe = 0; probe < 8; probe++) {
      const at = health.circuit?.openUntil ?? 0;
      health = withProbe(health, { token: 't', timeoutMs: 1_000, chosenAt: null }, at);
      health = afterOne(health, { at, probe: 't' });
      intervals.push((health.circuit?.intervalMs ?? 0) / MINUTE);
    }
    expect(intervals).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    expect(health).toMatchObject({ consecutiveFailures: 18, failingSince: START });
  });

  it('closes by a success, adds a notice, and keeps the mark until held deliveries are released', () => {
    const closed = afterOne(failTimes(10), { succeeded: true, at: START + MINUTE });
    expect(closed).toMatchObject({ circuit: null, consecutiveFailures: 0, failingSince: null });
    expect(closed.holding).not.toBeNull();
    expect(closed.outbox.map(({ type }) => type)).toEqual(['circuit_opened', 'circuit_closed']);
  });

  it('adds no notice when deliveries of operational events change it', () => {
    const open = Array.from({ length: 10 }).reduce<EndpointHealth>(
      (health) => afterOne(health, { silent: true }),
      healthy,
    );
    expect(open.circuit).not.toBeNull();
    expect(afterOne(open, { succeeded: true, silent: true }).outbox).toEqual([]);
  });

  it('disables an endpoint after five days of failing, if it failed often enough', () => {
    const failing = failTimes(9);
    expect(hasFailedForDays(failing, START + 6 * DAY, rules)).toBe(false);
    expect(hasFailedForDays(failTimes(10), START + 5 * DAY - 1, rules)).toBe(false);
    expect(hasFailedForDays(failTimes(10), START + 5 * DAY, rules)).toBe(true);
  });
});

describe('the lane of an endpoint', () => {
  const fresh = freshHealth('ep_1');

  it('is the slow one until its first quick answer, whatever the status', () => {
    expect(fresh.lane).toBe('slow');
    expect(afterOne(fresh, { succeeded: true, quick: false }).lane).toBe('slow');
    expect(afterOne(fresh, { succeeded: true }).lane).toBe('fast');
    expect(afterOne(fresh, { succeeded: false }).lane).toBe('fast');
  });

  it('is the slow one again once a request waits too long, and costs no write while that is known', () => {
    const slow = withSlowLane(healthy, START);
    expect(slow).toMatchObject({ lane: 'slow', slowSince: START });
    expect(withSlowLane(slow, START + 1)).toBe(slow);
  });

  it('does not change with every request of an endpoint that is sometimes slow', () => {
    const slow = withSlowLane(healthy, START);
    expect(afterOne(slow, { succeeded: true, at: START + 29_999 })).toBe(slow);
    expect(afterOne(slow, { succeeded: true, at: START + 30_000 }).lane).toBe('fast');
  });
});
