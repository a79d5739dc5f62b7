import type { EndpointHealth } from '../../../core/endpoints/health.ts';
import type { Container } from '../engine/container.ts';
import { CACHE_MS, type Facts, type Post, type Work } from './facts.ts';

/** How long after its end a failure may still be written. */
const LATE_MS = 120_000;

interface Past {
  /** When POSTs to it failed. */
  failures: number[];
  closedAt: number;
  /** Writes that the SDK may have repeated: each may count a failure twice. */
  repeated: number;
  hadTrouble: boolean;
  /** POSTs without an answer yet. */
  unanswered: Set<Post>;
  succeededAt: number;
  openedAt: number;
  /** Leases taken, by token: by whom, until when, and whether used. */
  leases: Map<string, { container: Container; until: number; used: boolean }>;
}

/** Checks health, circuit and holding mark against the POSTs that really took place. */
export class HealthChecks {
  readonly #facts: Facts;
  readonly #pasts = new Map<string, Past>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  #past(endpointId: string): Past {
    const past = this.#pasts.get(endpointId) ?? {
      failures: [],
      closedAt: Number.NEGATIVE_INFINITY,
      repeated: 0,
      hadTrouble: false,
      unanswered: new Set(),
      succeededAt: Number.NEGATIVE_INFINITY,
      openedAt: Number.POSITIVE_INFINITY,
      leases: new Map(),
    };
    this.#pasts.set(endpointId, past);
    return past;
  }

  /** A reason for writing its health: a pause, a deletion. */
  troubled(endpointId: string): void {
    this.#past(endpointId).hadTrouble = true;
  }

  /** The SDK repeated a write whose response was lost. */
  repeated(endpointId: string): void {
    this.#past(endpointId).repeated += 1;
  }

  /** While the circuit is known to be open, only the holder of the probe's lease POSTs. */
  posted(post: Post, work: Work): void {
    const circuit = this.#facts.health.get(post.endpointId)?.circuit ?? null;
    const past = this.#past(post.endpointId);
    past.unanswered.add(post);
    if (circuit === null || past.openedAt > work.askedAt - CACHE_MS) return;
    const lease = [...past.leases.values()].find(({ container, used }) => container === post.container && !used);
    if (lease !== undefined) lease.used = true;
    this.#facts.judge.check(
      'circuit',
      post.key,
      lease !== undefined,
      () => `a POST through a circuit that has been open since ${past.openedAt}, without a probe's lease`,
    );
  }

  answered(post: Post): void {
    const past = this.#past(post.endpointId);
    const { result } = post;
    past.unanswered.delete(post);
    if (result === undefined) return;
    if (result.errorCode === null) past.succeededAt = post.endedAt;
    else past.failures.push(post.endedAt);
    if (result.errorCode !== null || result.durationMs > 2_000) past.hadTrouble = true;
  }

  written(before: EndpointHealth | undefined, after: EndpointHealth, container: Container): void {
    const { judge, openAfterFailures, now, records, heldLate } = this.#facts;
    const { endpointId } = after;
    const past = this.#past(endpointId);
    const wasOpen = (before?.circuit ?? null) !== null;
    if (!wasOpen && after.circuit !== null) {
      past.openedAt = now();
      // A failure shortly before a success may be written after it.
      const failures = past.failures.filter((at) => at > past.closedAt - LATE_MS).length;
      judge.check(
        'circuit',
        endpointId,
        failures + past.repeated >= openAfterFailures && after.holding !== null,
        () => `the circuit opens after ${failures} failures, of ${openAfterFailures}`,
      );
    }
    if (wasOpen && after.circuit === null) {
      const bySuccess = past.succeededAt > Number.NEGATIVE_INFINITY;
      judge.check(
        'circuit',
        endpointId,
        bySuccess || container.fn === 'api',
        () => 'the circuit closes without a success',
      );
      past.openedAt = Number.POSITIVE_INFINITY;
      past.closedAt = now();
      past.repeated = 0;
      past.leases.clear();
    }
    for (const { at } of past.unanswered) if (now() - at >= 2_000) past.hadTrouble = true;
    const probe = after.circuit?.probe ?? null;
    const former = before?.circuit?.probe ?? null;
    if (former !== null && probe === null && after.circuit !== null) {
      const holder = past.leases.get(former.token)?.container;
      judge.check(
        'circuit',
        endpointId,
        former.until <= now() || holder === container,
        () => `${container} removes the lease of ${holder}`,
      );
    }
    if (before?.circuit && after.circuit !== null && after.circuit.openUntil !== before.circuit.openUntil) {
      const holder = former && past.leases.get(former.token)?.container;
      judge.check(
        'circuit',
        endpointId,
        holder === container,
        () => `${container} postpones the next probe without having made one`,
      );
    }
    if (probe !== null && probe.token !== before?.circuit?.probe?.token) {
      const living = before?.circuit?.probe;
      judge.check(
        'circuit',
        endpointId,
        living === null || living === undefined || living.until <= now() + 100,
        () => `${container} takes a second lease while another is valid until ${living?.until}`,
      );
      past.leases.set(probe.token, { container, until: probe.until, used: false });
    }
    // Other functions write changes by operators or scheduled tasks.
    if (container.fn !== 'deliver') past.hadTrouble = true;
    if (!past.hadTrouble) {
      judge.check(
        'health',
        endpointId,
        after.revision <= 1 || after.outbox.length > 0,
        () => `health is written ${after.revision} times for an endpoint that never failed`,
      );
    }
    if (after.holding === null && before?.holding) {
      const held = [...records.values()].find(
        (record) =>
          record.endpointId === endpointId &&
          record.status === 'waiting' &&
          !heldLate.has(`${record.eventId}/${endpointId}`) &&
          (record.waitingFor === 'paused' || record.waitingFor === 'circuit'),
      );
      const about = held === undefined ? endpointId : `${held.eventId}/${endpointId}`;
      judge.check(
        'holding mark',
        about,
        held === undefined,
        () => 'the holding mark is cleared while a delivery is held',
      );
      judge.check(
        'holding mark',
        endpointId,
        after.outbox.length === 0,
        () => 'the holding mark is cleared while notices are pending',
      );
    }
  }
}
