import { describe, expect, it } from 'vitest';
import { stages } from '../../lib/stage.ts';
import { stageOf } from '../../lib/stage-settings.ts';
import { allowed, resources, type Synthesised, synthesise } from './synthesised.ts';

const prod = synthesise('prod');

const partsOf = ({ api }: Synthesised) =>
  ['AWS::Lambda::Function', 'AWS::Scheduler::Schedule', 'AWS::ApiGatewayV2::Route', 'AWS::IAM::Role'].flatMap((type) =>
    resources(type, api)
      .map(({ id, properties }) => String(properties.RouteKey ?? id))
      .filter((name) => /heartbeat|FiveMinutes/i.test(name)),
  );

describe('the heartbeat', () => {
  it('is sent every five minutes in production, by a function that has nothing but it to do', () => {
    const [schedule, ...others] = resources('AWS::Scheduler::Schedule', prod.api);

    expect(others).toEqual([]);
    expect(schedule?.properties).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      Target: { Input: '{"task":"heartbeat"}', RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    expect(JSON.stringify(schedule?.properties.Target.Arn)).toMatch(/HeartbeatFunction/);
  });

  it('costs nothing where it is off: no function, no schedule, no route', () => {
    for (const name of ['dev', 'local'] as const) expect(partsOf(synthesise(name))).toEqual([]);
    expect(partsOf(synthesise('prod', { heartbeat: false }))).toEqual([]);
    expect(partsOf(synthesise('local', stageOf('local', { POSTRIDER_HEARTBEAT: 'on' }))).length).toBeGreaterThan(3);
  });

  it('may publish by the one route for roles, by name, and read, but not change, deliveries', () => {
    const grants = allowed(prod.api, 'Heartbeat');
    const invoked = grants.filter(({ action }) => action === 'execute-api:Invoke');
    const ofLedger = grants.filter(({ resource }) => resource.includes('Ledger'));

    expect(invoked).toHaveLength(1);
    expect(invoked[0]?.resource).toMatch(/\/\$default\/POST\/v1\/iam\/events"/);
    expect(ofLedger.map(({ action }) => action)).toEqual(['dynamodb:BatchGetItem']);
    expect(grants.map(({ action }) => action).filter((action) => /^(s3|sqs|events):/.test(action))).toEqual([]);
  });

  it('emits metrics only where there are alarms for them', () => {
    const stageIn = (synthesised: Synthesised) =>
      resources('AWS::Lambda::Function', synthesised.api).find(({ id }) => id.startsWith('Heartbeat'))?.properties
        .Environment.Variables.METRICS_STAGE;

    expect(stageIn(prod)).toBe('prod');
    expect(stageIn(synthesise('dev', { ...stages.dev, heartbeat: true }))).toBe('');
  });
});
