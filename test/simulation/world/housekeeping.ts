import { isoTime } from '../../../core/clock.ts';
import type { DeadLetterQueue } from '../../../core/dead-letters/dead-letter.ts';
import type { ReconcilePorts } from '../../../core/dead-letters/reconcile.ts';
import type { ReconciliationStore } from '../../../core/dead-letters/reconciliation.ts';
import type { DeathCounts } from '../../../core/dead-letters/recount.ts';
import type { EndedDeliveries } from '../../../core/deliveries/work-lists.ts';
import type { RunPorts } from '../../../core/jobs/run.ts';
import type { JobQueue, JobStore } from '../../../core/jobs/store.ts';
import type { OutboxPorts } from '../../../core/operational-events/outbox.ts';
import type { PublishPorts } from '../../../core/operational-events/publish.ts';
import { createMemoryDeadLetterQueue } from '../../fakes/dead-letters.ts';
import { createMemoryLists } from '../../fakes/ledger-lists.ts';
import { RETENTION_MS } from '../checks/queue-contents.ts';
import type { Container, Lasting } from '../engine/container.ts';
import { InjectedFault } from '../engine/faults.ts';
import { filtersOf } from './filters.ts';
import { busOf, deliveryQueueOf, eventsOf, ledgerOf, payloadsOf, someOf } from './ports.ts';
import { healthStoreOf, markedOf } from './registry-ports.ts';
import { SHARDS, type World } from './world.ts';

function endedOf(world: World, container: Container): EndedDeliveries {
  const { ended } = world;
  return {
    ended: (...query) => container.call({ name: 'ended.ended' }, () => ended.ended(...query)),
    withNotices: (...query) => container.call({ name: 'ended.withNotices' }, () => ended.withNotices(...query)),
  };
}

function deadLetterQueueOf(world: World, container: Container): DeadLetterQueue {
  const { queues, aws } = world;
  const queue = createMemoryDeadLetterQueue(
    {
      counts: (arn) => queues.counts(arn),
      // As the adapter receives: with WaitTimeSeconds.
      receive: (arn, options = {}) => aws.polls.long(arn, options),
      deleteBatch: (arn, entries) => queues.deleteBatch(arn, entries),
      changeVisibilityBatch: (arn, entries) => queues.changeVisibilityBatch(arn, entries),
    },
    world.arns.dead,
  );
  return {
    count: () => container.call({ name: 'deadLetters.count' }, () => queue.count()),
    receive: () => container.call({ name: 'deadLetters.receive' }, () => queue.receive()),
    remove: (removed) => {
      const about = removed.flatMap(({ messageId }) => world.checks.contents.find(messageId)?.key ?? []);
      return container.call(
        { name: `deadLetters.remove ${removed.map(({ messageId }) => messageId).join(', ')}`, about },
        () => queue.remove(removed),
        () => queue.remove(someOf(removed, world)),
      );
    },
    makeVisible: (shown) => container.call({ name: 'deadLetters.makeVisible' }, () => queue.makeVisible(shown)),
  };
}

function deathCountsOf({ deaths }: World, container: Container): DeathCounts {
  return {
    since: (first) => container.call({ name: 'deaths.since' }, () => deaths.since(first)),
    recount: (day, ...until) =>
      container.call({ name: `deaths.recount ${isoTime(day)}` }, () => deaths.recount(day, ...until)),
  };
}

function reconciliationOf({ reconciliation }: World, container: Container): ReconciliationStore {
  return {
    find: () => container.call({ name: 'reconciliation.find' }, () => reconciliation.find()),
    put: (state) => container.call({ name: 'reconciliation.put' }, () => reconciliation.put(state)),
  };
}

export function reconcilePortsOf(world: World, container: Container): Lasting<ReconcilePorts> {
  return {
    deadLetters: deadLetterQueueOf(world, container),
    deaths: deathCountsOf(world, container),
    ledger: ledgerOf(world, container),
    state: reconciliationOf(world, container),
    unreadable: () => undefined,
    clock: world.clock,
    deadLetterRetentionMs: RETENTION_MS,
  };
}

/** The bus, for the owner's own rules. */
function rulesOf(world: World, container: Container): PublishPorts['rules'] {
  return {
    tell: (entries) =>
      container.call({ name: 'bus.tell' }, async () => {
        const failed: number[] = [];
        entries.forEach(({ type, envelope }, index) => {
          if (world.happens('bus entry failed')) failed.push(index);
          else world.checks.operationalEvents.putOnBus(type, envelope);
        });
        return failed;
      }),
  };
}

export function outboxPortsOf(world: World, container: Container): OutboxPorts {
  return {
    marked: markedOf(world, container),
    health: healthStoreOf(world, container),
    ended: endedOf(world, container),
    ledger: ledgerOf(world, container),
    payloads: payloadsOf(world, container),
    events: eventsOf(world, container),
    bus: busOf(world, container),
    rules: rulesOf(world, container),
    dropped: (endpointId, notice) => world.checks.operationalEvents.dropped(endpointId, notice),
    clock: world.clock,
    wait: container.wait,
    random: world.chance,
    shards: SHARDS,
    retentionMs: world.profile.retentionMs,
  };
}

export function jobStoreOf(world: World, container: Container): JobStore {
  const { jobs } = world;
  return {
    find: (id) => container.call({ name: 'jobs.find', about: [id] }, () => jobs.find(id)),
    put: (job, expected) =>
      container.call({ name: `jobs.put ${job.kind} ${job.status}`, about: [job.id] }, async () => {
        const before = jobs.jobs.get(job.id);
        const written = await jobs.put(job, expected);
        if (written) world.checks.jobWritten(before, job);
        return written;
      }),
    walk: (...query) => container.call({ name: 'jobs.walk' }, () => jobs.walk(...query)),
    listRunning: () => container.call({ name: 'jobs.listRunning' }, () => jobs.listRunning()),
  };
}

export function jobQueueOf(world: World, container: Container): JobQueue {
  return {
    send: (message, delaySeconds) =>
      container.call({ name: `jobQueue.send turn ${message.turn}`, about: [message.jobId] }, async () => {
        world.queues.send(world.arns.jobs, { body: JSON.stringify(message), delaySeconds });
      }),
  };
}

export function jobPortsOf(world: World, container: Container): Lasting<RunPorts> {
  const { clock } = world;
  const lists = createMemoryLists({ events: world.events.events, records: world.ledger.records, clock });
  return {
    jobs: jobStoreOf(world, container),
    jobQueue: jobQueueOf(world, container),
    ended: endedOf(world, container),
    events: { walk: (...query) => container.call({ name: 'events.walk' }, () => lists.walk(...query)) },
    ledger: ledgerOf(world, container),
    payloads: payloadsOf(world, container),
    filters: filtersOf(container),
    queue: deliveryQueueOf(world, container),
    clock,
    wait: container.wait,
    random: world.chance,
    shards: SHARDS,
    releasePerSecond: 100,
    isOutage: (fault) => fault instanceof InjectedFault,
    faulted: () => undefined,
  };
}
