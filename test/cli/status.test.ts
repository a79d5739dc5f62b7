import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemExample } from '../../lambdas/api/system/examples.ts';
import type { CliOptions } from '../support/cli.ts';
import { runAgainst } from './api-that-answers.ts';

const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => cloudWatch.reset());

const queue = { waiting: 1, in_flight: 2, delayed: 3 };
const system = (stage: string) => ({
  ...{ ...systemExample, stage, heartbeat: null, oldest_dead_letter_at: null },
  ...{ queues: [{ name: 'fanout', ...queue }], dead_letter_queues: [{ name: 'fanout', ...queue }] },
});
const status = (stage: string, args: readonly string[] = [], options?: CliOptions) =>
  runAgainst(
    ({ line }) => [200, line === 'GET /v1/system' ? system(stage) : { data: [], next: null }],
    ['status', ...args, '--region', 'eu-central-1'],
    options,
  );
const alarm = (name: string, StateValue: 'OK' | 'ALARM') => ({ AlarmName: `Postrider-prod-${name}`, StateValue });

describe('postrider status', () => {
  it('says of each line what it is about, for programs', async () => {
    const { lines } = await status('local');
    expect(lines).toEqual(expect.arrayContaining(['queue\tfanout\t1\t2\t3', 'dead-letter queue\tfanout\t3']));
    expect(lines).toContain('jobs\tnone running');
  });

  it('is tables for people, with a line for each of the rest', async () => {
    const { lines } = await status('local', [], { terminal: true });
    expect(lines.slice(2)).toEqual([
      'queue   waiting  in flight  delayed',
      '------  -------  ---------  -------',
      'fanout        1          2        3',
      '',
      'dead-letter queue  messages',
      '-----------------  --------',
      'fanout                    3',
      '',
      'oldest dead letter  none',
      'heartbeat           none',
      'endpoints           0 with an open circuit, 0 disabled, 0 paused',
      'jobs                none running',
    ]);
  });

  it.each<[string, object, string]>([
    [
      'names the alarms that are raised',
      {
        MetricAlarms: [alarm('DeadSurge', 'ALARM'), alarm('FanoutLate', 'OK')],
        CompositeAlarms: [alarm('Down', 'ALARM')],
      },
      'Postrider-prod-DeadSurge, Postrider-prod-Down',
    ],
    ['says that none is raised', { MetricAlarms: [alarm('DeadSurge', 'OK')] }, 'none of 1 raised'],
    ['says that a stage has none', {}, 'the stage has none'],
  ])('%s', async (_, answer, says) => {
    cloudWatch.on(DescribeAlarmsCommand).resolves(answer);
    const { code, lines } = await status('prod', ['--stage', 'prod']);
    expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: `alarms\t${says}` });
    const [call] = cloudWatch.commandCalls(DescribeAlarmsCommand);
    expect(call?.args[0].input).toMatchObject({
      AlarmNames: expect.arrayContaining(['Postrider-prod-DeadSurge', 'Postrider-prod-Down']),
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    });
  });

  it('shows the rest where AWS does not let it see the alarms', async () => {
    cloudWatch.on(DescribeAlarmsCommand).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDenied' }));
    const { code, lines, stderr } = await status('prod', ['--stage', 'prod']);
    expect({ code, last: lines.at(-1) }).toEqual({ code: 0, last: 'alarms\tnot known' });
    expect(stderr).toMatch(/The alarms could not be asked for: Your AWS credentials lack a permission/);
  });

  it('asks AWS nothing without --stage, and says what is missing where there may be alarms', async () => {
    expect((await status('prod')).lines.at(-1)).toBe('alarms\tnot asked: pass --stage');
    expect((await status('prod', ['--stage', 'prod', '--json'])).lines).toEqual([JSON.stringify(system('prod'))]);
    expect(cloudWatch.calls()).toEqual([]);
  });
});
