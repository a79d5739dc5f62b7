import { createAuditTrail, createPendingEntries } from '../../adapters/dynamodb/audit.ts';
import { createDeathCounts, createReconciliationStore } from '../../adapters/dynamodb/death-counts.ts';
import { createEndedDeliveries } from '../../adapters/dynamodb/deliveries.ts';
import { createMarkedEndpoints } from '../../adapters/dynamodb/endpoints.ts';
import { createEventLedger } from '../../adapters/dynamodb/events.ts';
import { createHealthStore } from '../../adapters/dynamodb/health.ts';
import { createEventBridge, createEventBus } from '../../adapters/eventbridge/event-bus.ts';
import { createPayloadStore, createS3 } from '../../adapters/s3/payload-store.ts';
import { createDeadLetterQueue } from '../../adapters/sqs/dead-letters.ts';
import { systemClock, systemRandom, systemWait } from '../../adapters/system/system.ts';
import { flushPendingEntries } from '../../core/audit/flush.ts';
import { type ReconcilePorts, reconcileDeadLetters } from '../../core/dead-letters/reconcile.ts';
import { DAY_MS } from '../../core/durations.ts';
import { publishOutbox } from '../../core/operational-events/publish-outbox.ts';
import type { TaskRun } from '../../core/tasks/task-run.ts';
import { HEARTBEAT_TENANT } from '../../core/tenant.ts';
import type { Meter } from '../runtime/meter.ts';
import type { Shared } from './jobs.ts';

/** Housekeeping on AWS: reconciles dead letters, publishes the outboxes of endpoints and deliveries, copies audit entries. */
export function composeHousekeeping({ env, logger, client, sqs, ledger }: Omit<Shared, 'queue'>) {
  const [clock, wait, shards] = [systemClock, systemWait, env.WAITING_SHARDS];
  const registry = { client, table: env.REGISTRY_TABLE, wait };
  const table = { client, table: env.LEDGER_TABLE, clock, wait, listShards: env.LIST_SHARDS };
  const ended = createEndedDeliveries(table);
  const bus = createEventBus({ client: createEventBridge(), bus: env.EVENT_BUS });

  const reconcile = {
    deadLetters: createDeadLetterQueue({ client: sqs, queueUrl: env.DEAD_LETTER_QUEUE_URL }),
    deaths: createDeathCounts({ ...table, shards }),
    state: createReconciliationStore(table),
    deadLetterRetentionMs: env.DEAD_LETTER_RETENTION_DAYS * DAY_MS,
    unreadable: ({ messageId }: { messageId: string }) =>
      logger.error('A dead letter cannot be read; it stays in its queue.', { messageId }),
    ...{ ledger, clock },
  };
  const outbox = {
    marked: createMarkedEndpoints(registry),
    health: createHealthStore(registry),
    payloads: createPayloadStore({ client: createS3(), bucket: env.PAYLOAD_BUCKET }),
    events: createEventLedger(table),
    rules: bus,
    random: systemRandom,
    retentionMs: env.RETENTION_DAYS * DAY_MS,
    dropped: (endpointId: string, { type }: { type: string }) =>
      logger.info('A notice about an endpoint is dropped: the endpoint is gone, or the change never took effect.', {
        endpointId,
        type,
      }),
    ...{ ended, ledger, bus, clock, wait, shards },
  };
  const audited = {
    audit: createAuditTrail({ ...registry, retentionDays: env.AUDIT_RETENTION_DAYS }),
    pendingEntries: createPendingEntries(registry),
  };
  return {
    audit: (run: TaskRun) => flushPendingEntries(run, audited),
    reconcile: (remainingMs: () => number, meter: Meter) =>
      reconcileDeadLetters({ ...reconcile, ...measuredBy(meter), remainingMs }),
    outbox: (run: TaskRun) => publishOutbox(run, outbox),
  };
}

/** The metrics of a reconciliation. */
function measuredBy(meter: Meter): Pick<ReconcilePorts, 'compared' | 'ourFault'> {
  return {
    compared({ unexplained, oldestMs }) {
      meter.level('LettersUnexplained', unexplained);
      meter.level('OldestLetterDays', oldestMs / DAY_MS);
    },
    ourFault({ tenant }, became) {
      if (tenant === HEARTBEAT_TENANT) return;
      if (became === 'resent') meter.count('OurFaultResent');
      if (became === 'delivered') meter.count('Delivered');
      if (became !== 'dead') return;
      meter.count('OurFaultDead');
      meter.count('Dead');
    },
  };
}
