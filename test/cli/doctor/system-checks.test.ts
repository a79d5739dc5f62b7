import { describe, expect, it } from 'vitest';
import { type System, type SystemWorld, systemChecks } from '../../../cli/doctor/system-checks.ts';
import { keyExample } from '../../../lambdas/api/keys/examples.ts';
import { systemExample } from '../../../lambdas/api/system/examples.ts';
import { systemAnswer } from '../../../lambdas/api/system/schemas.ts';

const NOW = Date.parse('2026-11-22T10:20:00.000Z');
const idle = { waiting: 0, in_flight: 0, delayed: 0 };
const at = (ms: number) => new Date(NOW + ms).toISOString();
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

const well: System = {
  ...systemAnswer.parse(systemExample),
  version: '1.2.3',
  time: at(0),
  queues: [
    { name: 'fanout', ...idle },
    { name: 'delivery', waiting: 999, in_flight: 50_000, delayed: 50_000 },
  ],
  dead_letter_queues: [
    { name: 'rule', ...idle },
    { name: 'deliveries', ...idle },
  ],
  oldest_dead_letter_at: null,
  heartbeat: { at: at(-4 * MINUTE), delivered_at: at(-4 * MINUTE + 300) },
  ticks: [
    { task: 'sweep', at: at(-4 * MINUTE) },
    { task: 'outbox', at: at(-MINUTE) },
  ],
};
const key = { ...keyExample, role: 'admin', expires_at: null } as SystemWorld['key'];
const found = (changes: Partial<System>, world: Partial<SystemWorld> = {}) =>
  systemChecks({
    system: { ...well, ...changes },
    key,
    version: '1.2.3',
    askedAt: NOW,
    sendsHeartbeats: true,
    ...world,
  }).filter(({ result }) => result !== 'ok');

describe('the doctor, of what the API tells', () => {
  it('finds nothing where all is well', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<System>, Partial<SystemWorld>, string, string]>([
    ['another version', { version: '1.2.2' }, {}, 'API', 'warn'],
    ['a key that ends soon', {}, { key: { ...key, expires_at: at(6 * DAY) } }, 'key', 'warn'],
    ['a clock that is two minutes off', {}, { askedAt: NOW - 2 * MINUTE }, 'clock', 'warn'],
    ['a clock that is six minutes off', {}, { askedAt: NOW + 6 * MINUTE }, 'clock', 'fail'],
    ['a backlog', { queues: [{ name: 'fanout', ...idle, waiting: 1_000 }] }, {}, 'queues', 'warn'],
    ['a large backlog', { queues: [{ name: 'fanout', ...idle, waiting: 10_000 }] }, {}, 'queues', 'fail'],
    [
      'dead letters',
      { dead_letter_queues: [{ name: 'deliveries', ...idle, in_flight: 1 }] },
      {},
      'dead letters',
      'warn',
    ],
    ['letters that SQS will soon delete', { oldest_dead_letter_at: at(-11 * DAY) }, {}, 'oldest dead letter', 'fail'],
    ['a task that is late', { ticks: [{ task: 'sweep', at: at(-6 * MINUTE) }] }, {}, 'scheduled tasks', 'warn'],
    ['a task that stands still', { ticks: [{ task: 'sweep', at: at(-9 * MINUTE) }] }, {}, 'scheduled tasks', 'fail'],
    [
      'a heartbeat that has not arrived',
      { heartbeat: { at: at(-2 * MINUTE), delivered_at: null } },
      {},
      'heartbeat',
      'fail',
    ],
    [
      'heartbeats that have stopped',
      { heartbeat: { at: at(-17 * MINUTE), delivered_at: at(-17 * MINUTE) } },
      {},
      'heartbeat',
      'fail',
    ],
    ['a stage that should send heartbeats and never did', { heartbeat: null }, {}, 'heartbeat', 'warn'],
    ['a task that never ran', { ticks: [{ task: 'sweep', at: null }] }, {}, 'scheduled tasks', 'warn'],
  ])('finds %s, and says what to do', (_, system, world, check, result) => {
    const findings = found(system, world);
    expect(findings).toMatchObject([{ check, result, next: expect.stringMatching(/^\S.{20,}\.$/) }]);
  });

  it('expects no heartbeat of a stage that sends none', () => {
    expect(found({ heartbeat: null }, { sendsHeartbeats: false })).toEqual([]);
  });

  it('leaves a key alone that ends in a month, and a letter of a week', () => {
    expect(found({ oldest_dead_letter_at: at(-7 * DAY) }, { key: { ...key, expires_at: at(30 * DAY) } })).toEqual([]);
  });
});
