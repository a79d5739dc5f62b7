import { ENDPOINT_CACHE_MS } from '../deliveries/endpoint-cache.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import { MINUTE_MS } from '../durations.ts';
import { type EndpointHealth, type HealthStore, updateHealth } from '../endpoints/health.ts';
import { type ListedEndpoint, listMarked } from '../endpoints/list-marked.ts';
import type { MarkedEndpoint, MarkedEndpoints } from '../endpoints/store.ts';
import { Faults } from '../faults.ts';
import { shardOf } from '../ids.ts';
import { inParallel } from '../parallel.ts';
import { rotated, type TaskRun } from '../tasks/task-run.ts';
import { heldIn } from './held.ts';
import { isProbeDue, releaseProbe } from './release-probe.ts';
import { dispatch, type SweepPorts } from './sweep.ts';

export interface ReleasePorts extends SweepPorts {
  marked: MarkedEndpoints;
  health: HealthStore & { remove(health: EndpointHealth): Promise<void> };
  /** How many held deliveries are released per endpoint and second. */
  releasePerSecond: number;
  /** How long an invocation may still use what it read: the deliver function's timeout. */
  functionTimeoutMs: number;
  /** Retention of an event, in ms. */
  retentionMs: number;
  /** Told how many active endpoints of the shards that this run looks at have a circuit that is not closed. */
  openCircuits?: (count: number) => void;
}

/** The most that are read and sent together. */
const PAGE_MAX = 100;
const AT_ONCE = 8;
/** Pages of one endpoint before the next ones have their turn. */
const PAGES_OF_A_TURN = 5;
/** How far ahead deliveries are released, each with its delay: the next tick goes on from there. */
const AHEAD_MS = MINUTE_MS;

/** The release of one endpoint's held deliveries, in turns. */
interface Release {
  listed: ListedEndpoint;
  /** The newest known health. */
  health: EndpointHealth;
  /** Of events accepted before this. */
  beforeMs: number;
  /** Whether all that is held may go: then the mark is cleared once nothing is left. */
  isOpen: boolean;
  /** The shard of the waiting room that is next. */
  shard: number;
  count: number;
  hasBegun: boolean;
}

interface Work extends ReleasePorts {
  run: TaskRun;
  faults: Faults;
}

/**
 * Releases held deliveries of every endpoint that is neither paused nor has an open circuit, at a bounded rate; for an
 * open circuit that is due, one delivery as its probe. Release is by state, not by event: the mark stays until no
 * invocation with an old copy of the endpoint can have held another delivery, so that nothing is held forever.
 *
 * All probes go before anything else. Then the endpoints take turns, beginning with another one each minute, so that one
 * with a large backlog delays the others by one turn.
 * @returns how many were released.
 * @throws AggregateError when those of some endpoints were not; the others still were.
 */
export async function releaseHeld(run: TaskRun, ports: ReleasePorts): Promise<number> {
  const faults = new Faults();
  const work: Work = { ...ports, run, faults };
  const places = run.places(ports.marked.shards);
  const listed = await listMarked(places, run, ports.marked, faults);
  ports.openCircuits?.(listed.filter(isOpenCircuit).length);
  const inTurn = rotated(listed, run.tick);
  let released = await releaseProbes(inTurn, work);
  const releases = inTurn.flatMap((one) => releaseOf(one, work));
  // Added only once it is known: others add meanwhile.
  const unfinished = await takeTurns(releases, work, (count) => {
    released += count;
  });
  leaveRest(listed, new Set(unfinished), work);
  // The next run retries these.
  faults.throwAny((count) => `Held deliveries of ${count} endpoints were not released.`);
  return released;
}

async function releaseProbes(inTurn: ListedEndpoint[], work: Work): Promise<number> {
  const { run, faults } = work;
  const due = inTurn.filter((one) => isOpenCircuit(one) && isProbeDue(one.health, work.clock()));
  let sent = 0;
  await inParallel(due, AT_ONCE, async ({ health, part }) => {
    if (!run.hasTime()) return run.leave({ part, after: null });
    const count = await faults.attempt(() => releaseProbe(health, work, faults));
    sent += count ?? 0;
  });
  return sent;
}

/** A disabled or deleted endpoint's deliveries are released: the deliver function discards them with the reason. */
const isOpenCircuit = ({ endpoint, health }: MarkedEndpoint) => endpoint?.state === 'active' && health.circuit !== null;

/** What is to be released for a marked endpoint: nothing, all, or what would expire. */
function releaseOf(listed: ListedEndpoint, { run, retentionMs }: Work): Release[] {
  const { health, endpoint } = listed;
  if (health.holding === null) return [];
  const begin = { listed, health, shard: 0, count: 0, hasBegun: false };
  const isOpen = endpoint?.state !== 'paused' && !isOpenCircuit(listed);
  if (isOpen) return [{ ...begin, isOpen, beforeMs: Number.POSITIVE_INFINITY }];
  // Shortly before their events expire, deliveries are released even so: they then end as dead instead of vanishing. Once
  // an hour per endpoint, at a minute derived from its id.
  if (Math.floor(run.tick / MINUTE_MS) % 60 !== shardOf(health.endpointId, 60)) return [];
  return [{ ...begin, isOpen, beforeMs: run.tick - retentionMs + EXPIRY_MARGIN_MS }];
}

/**
 * Works on all releases in turns, until they are finished or time runs out.
 * @returns those that are not finished.
 */
async function takeTurns(releases: Release[], work: Work, add: (count: number) => void): Promise<Release[]> {
  const { run, faults } = work;
  const unfinished: Release[] = [];
  for (let round = releases; round.length > 0; ) {
    const next: Release[] = [];
    await inParallel(round, AT_ONCE, async (release) => {
      if (!run.hasTime()) return void unfinished.push(release);
      const before = release.count;
      // A release that fails is left to the next tick.
      const isFinished = (await faults.attempt(() => takeTurn(release, work))) ?? true;
      add(release.count - before);
      if (!isFinished) next.push(release);
    });
    round = next;
  }
  return unfinished;
}

/** Releases up to some pages of an endpoint's deliveries. @returns whether nothing is left to do in this tick. */
async function takeTurn(release: Release, work: Work): Promise<boolean> {
  const { run, clock, releasePerSecond, faults } = work;
  release.hasBegun = true;
  for (let page = 0; release.shard < work.shards; page++) {
    if (page === PAGES_OF_A_TURN || !run.hasTime()) return false;
    // The next tick goes on.
    if ((release.health.releasedUntil ?? 0) - clock() >= AHEAD_MS) return true;
    const limit = Math.min(PAGE_MAX, releasePerSecond);
    const { listed, beforeMs, shard } = release;
    const { records, more } = await heldIn(listed.health.endpointId, { shard, limit, beforeMs }, work, faults);
    if (records.length > 0) {
      const delaySeconds = await takeRate(release, records.length, work);
      const { lane } = release.health;
      await dispatch(
        records.map((record) => ({ record, delaySeconds, lane })),
        work,
      );
      release.count += records.length;
    }
    // Entries that the index still shows after they were cleared are skipped by the next run.
    if (records.length === 0 || !more) release.shard += 1;
  }
  if (release.isOpen) await updateMark(release, work);
  return true;
}

/**
 * Reserves the rate of release for a page: durably, because several runs may release deliveries of an endpoint. A page holds
 * no more than a second's worth, and is sent no sooner than those before it allow.
 * @returns its delay in seconds.
 */
async function takeRate(release: Release, count: number, { health, clock, releasePerSecond }: Work): Promise<number> {
  let delaySeconds = 0;
  release.health = await updateHealth(health, release.health.endpointId, release.health, (current) => {
    const now = clock();
    delaySeconds = Math.max(0, Math.ceil(((current.releasedUntil ?? 0) - now) / 1000));
    // A deleted endpoint's health may be gone: it must not come back.
    if (current.revision === 0) return current;
    const releasedUntil = now + delaySeconds * 1000 + (count / releasePerSecond) * 1000;
    return { ...current, releasedUntil, holding: current.holding && { ...current.holding, emptySince: null } };
  });
  return delaySeconds;
}

/**
 * Records the result of a release that has looked at everything; the mark is cleared after two empty ones, far enough
 * apart.
 */
async function updateMark({ listed, health: seen, count }: Release, work: Work): Promise<void> {
  const now = work.clock();
  const stillMarked = (change: (health: EndpointHealth) => EndpointHealth) =>
    updateHealth(work.health, seen.endpointId, seen, (current) =>
      current.holding !== null && current.holding.id === listed.health.holding?.id ? change(current) : current,
    );
  const emptySince = seen.holding?.emptySince ?? null;
  // What was released has been noted before it was sent.
  if (count > 0) return;
  if (emptySince === null) {
    await stillMarked((health) =>
      health.holding === null ? health : { ...health, holding: { ...health.holding, emptySince: now } },
    );
    return;
  }
  // Every invocation that read the earlier state has ended by then, and a second run has found nothing.
  if (now - emptySince <= ENDPOINT_CACHE_MS + work.functionTimeoutMs) return;
  // Notices are found by the mark: they must be published first.
  const cleared = await stillMarked((health) =>
    health.outbox.length > 0 || health.circuit !== null ? health : { ...health, holding: null },
  );
  if (listed.endpoint === undefined && cleared.holding === null) await work.health.remove(cleared);
}

/** Leaves what is not finished to continuations, which begin with the endpoints that have had no turn. */
function leaveRest(listed: ListedEndpoint[], unfinished: ReadonlySet<Release>, { run }: Work): void {
  const waiting = new Set([...unfinished].filter(({ hasBegun }) => !hasBegun).map((release) => release.listed));
  const before = new Map<number, string | null>();
  for (const one of listed) {
    if (waiting.has(one)) run.leave({ part: one.part, after: before.get(one.part) ?? null });
    before.set(one.part, one.health.endpointId);
  }
  for (const { listed: one } of unfinished) if (!run.isLeft(one.part)) run.leave({ part: one.part, after: null });
}
