import { describe, expect, it } from 'vitest';
import { apiEnv } from '../../lambdas/api/config.ts';
import { deliverEnv } from '../../lambdas/deliver/config.ts';
import { fanoutEnv } from '../../lambdas/fanout/config.ts';
import { heartbeatEnv } from '../../lambdas/heartbeat/config.ts';
import { ingestEnv } from '../../lambdas/ingest/config.ts';
import { portalEnv } from '../../lambdas/portal/config.ts';
import { redriveEnv } from '../../lambdas/redrive/config.ts';
import { allowed, resources, type Synthesised, synthesise } from './synthesised.ts';

const prod = synthesise('prod');
const dev = synthesise('dev');
const local = synthesise('local');

const functionsOf = ({ pipeline, api }: Synthesised) => resources('AWS::Lambda::Function', pipeline, api);
const actionsOf = (construct: string) => {
  const template = construct.endsWith('Worker') ? prod.pipeline : prod.api;
  return new Set(allowed(template, construct).map(({ action }) => action));
};
const constructs = ['FanoutWorker', 'DeliverWorker', 'RedriveWorker', 'Ingest', 'Management', 'Portal', 'Heartbeat'];

describe('every function', () => {
  it('runs on arm64 with Node 24', () => {
    for (const { properties } of functionsOf(prod)) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
    expect(functionsOf(prod)).toHaveLength(7);
  });

  it('allows recursive invocation through its queues', () => {
    for (const { properties } of functionsOf(prod)) expect(properties.RecursiveLoop).toBe('Allow');
  });

  it('writes JSON to its own log group, with limited retention', () => {
    const groups = functionsOf(prod).map(({ properties }) => properties.LoggingConfig);

    expect(new Set(groups.map(({ LogGroup }) => LogGroup.Ref)).size).toBe(7);
    expect(new Set(groups.map(({ LogFormat }) => LogFormat))).toEqual(new Set(['JSON']));
    for (const { properties } of resources('AWS::Logs::LogGroup', prod.pipeline, prod.api)) {
      expect(properties.RetentionInDays).toBe(prod.stage.logRetentionDays);
    }
  });

  it.each([
    ['FanoutWorker', fanoutEnv],
    ['DeliverWorker', deliverEnv],
    ['RedriveWorker', redriveEnv],
    ['Ingest', ingestEnv],
    ['Management', apiEnv],
    ['Portal', portalEnv],
    ['Heartbeat', heartbeatEnv],
  ])('%s gets exactly the environment of its contract', (construct, contract) => {
    const found = functionsOf(prod).find(({ id }) => id.startsWith(`${construct}Function`));

    expect(Object.keys(found?.properties.Environment.Variables).toSorted()).toEqual(
      Object.keys(contract.shape).toSorted(),
    );
  });

  it('has the timeout that its queue and the gateway expect', () => {
    const timeouts = Object.fromEntries(
      functionsOf(prod).map(({ id, properties }) => [id.split('Function')[0], properties.Timeout]),
    );

    expect(timeouts).toEqual({
      ...{ FanoutWorker: 30, DeliverWorker: 60, RedriveWorker: 60, Ingest: 10, Management: 15, Portal: 5 },
      // It waits a minute for its delivery.
      Heartbeat: 90,
    });
  });
});

describe('metrics and the log of attempts', () => {
  const valuesOf = (name: string, ...stages: Synthesised[]) =>
    stages.map((stage) => [
      ...new Set(functionsOf(stage).flatMap(({ properties }) => properties.Environment.Variables[name] ?? [])),
    ]);

  it('are by stage, and none where a stage has no alarms', () => {
    const watched = synthesise('dev', { alarms: { emails: [], overrides: {}, monthlyBudget: null } });
    const unwatched = synthesise('prod', { alarms: null });

    expect(valuesOf('METRICS_STAGE', prod, dev, local, watched, unwatched)).toEqual([
      ['prod'],
      [''],
      [''],
      ['dev'],
      [''],
    ]);
  });

  it('hold every acknowledged attempt, or one in so many', () => {
    expect(valuesOf('LOG_ONE_IN', prod, dev, synthesise('prod', { logOneIn: 50 }))).toEqual([['1'], ['1'], ['50']]);
  });
});

describe('only the local stage', () => {
  const egress = (stage: Synthesised) =>
    functionsOf(stage)
      .map(({ properties }) => properties.Environment.Variables)
      .filter((variables) => 'EGRESS_ALLOWED_CIDRS' in variables)
      .map((variables) => [variables.EGRESS_ALLOWED_CIDRS, variables.EGRESS_ALLOW_HTTP]);

  it('may deliver to loopback and over plain http', () => {
    expect(egress(local)).toEqual([
      ['127.0.0.0/8,::1/128', 'true'],
      ['127.0.0.0/8,::1/128', 'true'],
    ]);
  });

  it.each([dev, prod])('and $stage.name may not', (deployed) => {
    expect(egress(deployed)).toEqual([
      ['', 'false'],
      ['', 'false'],
    ]);
  });

  it('blames no resolver for a name that it cannot look up', () => {
    const canaries = [local, dev, prod].map((stage) =>
      functionsOf(stage).flatMap(({ properties: { Environment } }) => Environment.Variables.DNS_CANARY ?? []),
    );

    expect(canaries).toEqual([
      [''],
      ...[dev, prod].map(() => [
        { 'Fn::Join': ['', ['dynamodb.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] },
      ]),
    ]);
  });
});

describe('a role', () => {
  it('has no wildcard except for the objects of the payload bucket', () => {
    const everything = [prod.pipeline, prod.api].flatMap((template) => allowed(template));
    const wild = everything.filter(({ action, resource }) => action.includes('*') || resource.includes('*'));

    expect(everything.length).toBeGreaterThan(50);
    expect(new Set(wild.map(({ action }) => action))).toEqual(new Set(['s3:GetObject', 's3:PutObject']));
    for (const { resource } of wild) expect(resource).toMatch(/Payloads.*\/\*/);
  });

  it('has only our own policies, no AWS managed ones', () => {
    for (const { properties } of resources('AWS::IAM::Role', prod.pipeline, prod.api)) {
      expect(properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  it('never scans a table', () => {
    for (const construct of constructs) expect(actionsOf(construct)).not.toContain('dynamodb:Scan');
  });

  it('may decrypt secrets only where they are used, and encrypt them only where they are created', () => {
    const having = (action: string) => constructs.filter((construct) => actionsOf(construct).has(action));

    expect(having('kms:Decrypt')).toEqual(['DeliverWorker', 'Management', 'Heartbeat']);
    expect(having('kms:GenerateDataKey')).toEqual(['Management', 'Heartbeat']);
  });

  it('may list payloads only if it must distinguish a missing one from a forbidden one', () => {
    const listing = constructs.filter((construct) => actionsOf(construct).has('s3:ListBucket'));

    expect(listing).toEqual(['RedriveWorker', 'Management']);
  });

  it('lets ingest store payloads and read none', () => {
    expect(actionsOf('Ingest')).toContain('s3:PutObject');
    expect(actionsOf('Ingest')).not.toContain('s3:GetObject');
  });

  it('may not delete from the ledger: its items expire', () => {
    for (const template of [prod.pipeline, prod.api]) {
      const deleting = allowed(template).filter(
        ({ action, resource }) => action === 'dynamodb:DeleteItem' && resource.includes('Ledger'),
      );
      expect(deleting).toEqual([]);
    }
  });

  it('may delete from the dead-letter queues only for redrive', () => {
    const taking = allowed(prod.pipeline, 'RedriveWorker').filter(({ action }) => action === 'sqs:DeleteMessage');
    const deadLetters = taking.flatMap(({ resource }) => resource.match(/\["(\w*DeadLetters)/)?.[1] ?? []);

    expect(deadLetters.toSorted()).toEqual(['DeadLetters', 'FanoutDeadLetters', 'RuleDeadLetters']);
    for (const construct of constructs.filter((one) => one !== 'RedriveWorker')) {
      const template = construct.endsWith('Worker') ? prod.pipeline : prod.api;
      const deleting = allowed(template, construct).filter(({ action }) => action === 'sqs:DeleteMessage');
      for (const { resource } of deleting) expect(resource).not.toContain('DeadLetters');
    }
  });
});
