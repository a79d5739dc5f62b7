import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bodyBytesAtOnce } from '../../core/deliveries/body-room.ts';
import { PAGE_SIZE } from '../../core/fanout/find-page.ts';
import { concurrencyOf, queuesOf } from '../../lib/concurrency.ts';
import { RECEIVES_MAX, stages } from '../../lib/stage.ts';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
const [, section = ''] = page.split('## The numbers of a stage');
const rows = new Map(
  [...section.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name, value]) => [name, value]),
);
const {
  functions,
  fanoutQueue,
  bulkFanoutQueue,
  deliveryQueue,
  slowDeliveryQueue,
  bulkDeliveryQueue,
  jobsQueue,
  statsQueue,
  continuationsQueue,
  circuit,
  ...prod
} = stages.prod;
const shown = (count: number) => count.toLocaleString('en');

describe('the reasons for the numbers of a stage', () => {
  it.each([
    ['memory of the functions', `${functions.deliver.memoryMb} MB`],
    [
      'bodies that an invocation of deliver holds',
      `${Math.floor(bodyBytesAtOnce(functions.deliver.memoryMb) / 1024 ** 2)} MiB`,
    ],
    [
      'timeouts',
      `ingest ${functions.ingest.timeoutSeconds} s, api ${functions.api.timeoutSeconds} s, fan-out ${functions.fanout.timeoutSeconds} s, deliver and redrive ${functions.deliver.timeoutSeconds} s, heartbeat ${functions.heartbeat.timeoutSeconds} s`,
    ],
    [
      'visibility timeouts',
      `fan-out ${fanoutQueue.visibilitySeconds} s, delivery, jobs and continuations ${deliveryQueue.visibilitySeconds} s, statistics ${statsQueue.visibilitySeconds} s`,
    ],
    [
      'batch sizes and windows',
      `${deliveryQueue.batchSize}, no window; bulk fan-out ${bulkFanoutQueue.batchSize}, a page of ${PAGE_SIZE} endpoints; slow and bulk lane ${slowDeliveryQueue.batchSize} in ${slowDeliveryQueue.windowSeconds} s; statistics ${shown(statsQueue.batchSize)} in ${statsQueue.windowSeconds} s`,
    ],
    [
      'concurrency of the mappings',
      `fan-out ${fanoutQueue.concurrencyMax}, bulk fan-out ${bulkFanoutQueue.concurrencyMax}, delivery ${deliveryQueue.concurrencyMax}, slow lane ${slowDeliveryQueue.concurrencyMax}, bulk lane ${bulkDeliveryQueue.concurrencyMax}, jobs ${jobsQueue.concurrencyMax}, statistics ${statsQueue.concurrencyMax}, continuations ${continuationsQueue.concurrencyMax}`,
    ],
    ['receives before the dead-letter queue', `${RECEIVES_MAX}`],
    [
      'circuit',
      `opens after ${circuit.opensAfterFailures} failures; disabled after ${circuit.disabledAfterDays} days and ${circuit.disabledAfterFailures} failures`,
    ],
    ['release', `${prod.releasePerSecond} a second per endpoint`],
    [
      'retention',
      `${prod.retentionDays} days for events, deliveries and payloads; ${prod.sourceQueueRetentionDays} days in source queues, ${prod.deadLetterRetentionDays} in dead-letter queues; ${prod.auditRetentionDays} days for the audit trail`,
    ],
    ['shards', `${prod.waitingShards} of the waiting room, ${prod.listShards} of lists`],
    ['throttle', `${shown(prod.throttle.rate)} requests a second, burst ${shown(prod.throttle.burst)}`],
  ])('names the present ones: %s', (name, value) => {
    expect(rows.get(name)).toBe(value);
  });

  it('holds for what its rows put together', () => {
    const memory = new Set(Object.values(functions).map(({ memoryMb }) => memoryMb));
    expect(memory.size).toBe(1);
    expect(functions.redrive.timeoutSeconds).toBe(functions.deliver.timeoutSeconds);
    expect(jobsQueue.visibilitySeconds).toBe(deliveryQueue.visibilitySeconds);
    expect(continuationsQueue.visibilitySeconds).toBe(deliveryQueue.visibilitySeconds);
    expect([bulkDeliveryQueue.batchSize, bulkDeliveryQueue.windowSeconds]).toEqual([
      slowDeliveryQueue.batchSize,
      slowDeliveryQueue.windowSeconds,
    ]);
  });
});

describe('docs/deploy.md', () => {
  it('names the concurrent executions of the queues', () => {
    const deploy = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    const [dev, inProd] = [stages.dev, stages.prod].map((stage) => concurrencyOf(...Object.values(queuesOf(stage))));

    expect(deploy).toContain(`queues of \`dev\` may use ${dev} concurrent executions and those of \`prod\` ${inProd}`);
  });
});
