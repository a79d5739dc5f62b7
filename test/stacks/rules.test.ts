import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { holdAgainstRules } from '../../lib/checks.ts';
import { postrider } from '../../lib/postrider.ts';
import { auditRetention, stages } from '../../lib/stage.ts';
import { stageOf } from '../../lib/stage-settings.ts';
import { appIn, inTemporaryFolder } from './synthesised.ts';

function acknowledgments(app: App): { path: string; rule: string; reason: string }[] {
  return app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries<string>(data))
      .map(([rule, reason]) => ({ path: node.path, rule, reason })),
  );
}

describe("AWS's published rules, and CDK's check of the templates", () => {
  it.each([...Object.values(stages), { ...stages.dev, name: 'dev' as const, tracing: true }])(
    'find nothing unexplained in $name, with tracing: $tracing',
    (stage) => {
      inTemporaryFolder((folder) => {
        const app = appIn(folder, { validated: true });
        postrider(app, stage);
        holdAgainstRules(app);

        expect(() => app.synth()).not.toThrow();
      });
    },
    // The first one also loads CloudFormation's schemas.
    60_000,
  );

  it('stop the synthesis at a finding', () => {
    inTemporaryFolder((folder) => {
      const app = appIn(folder);
      new Bucket(new Stack(app, 'Careless'), 'Open');
      holdAgainstRules(app);

      expect(() => app.synth()).toThrow('AwsSolutions-S1');
    });
  });

  it('are suppressed only with a reason, and never for a whole stack', () => {
    inTemporaryFolder((folder) => {
      const app = appIn(folder);
      postrider(app, stages.prod);
      const found = acknowledgments(app);

      expect(found.length).toBeGreaterThan(0);
      for (const { path, reason } of found) {
        expect(reason).toMatch(/^[A-Z].{40,}\.$/);
        expect(path.split('/').length, `${path} acknowledges for all its children`).toBeGreaterThan(1);
      }
    });
  });
});

describe('a stage', () => {
  it('is found by its name', () => {
    for (const stage of Object.values(stages)) expect(stageOf(stage.name)).toEqual(stage);
  });

  it('takes settings from the environment', () => {
    expect(stageOf('dev', { POSTRIDER_CIRCUIT_FAILURES: '25' }).circuit.opensAfterFailures).toBe(25);
    expect(stageOf('dev', { POSTRIDER_LOG_ONE_IN: '100', POSTRIDER_TRACING: 'on' })).toMatchObject({
      logOneIn: 100,
      tracing: true,
    });
    const alarms = { POSTRIDER_ALARM_EMAILS: 'ops@example.com, night@example.com', POSTRIDER_MONTHLY_BUDGET: '250' };
    expect(stageOf('prod', alarms).alarms).toMatchObject({
      emails: ['ops@example.com', 'night@example.com'],
      monthlyBudget: 250,
    });
  });

  it('has alarms and a heartbeat together, unless the heartbeat is set by itself', () => {
    expect(stageOf('dev', { POSTRIDER_ALARMS: 'on' })).toMatchObject({ alarms: { emails: [] }, heartbeat: true });
    expect(stageOf('prod', { POSTRIDER_ALARMS: 'off' })).toMatchObject({ alarms: null, heartbeat: false });
    expect(stageOf('local', { POSTRIDER_HEARTBEAT: 'on' })).toMatchObject({ alarms: null, heartbeat: true });
    expect(stageOf('prod', { POSTRIDER_HEARTBEAT: 'off' }).heartbeat).toBe(false);
    expect(stageOf('prod', {}).heartbeatSeconds).toBe(60);
    expect(stageOf('local', { POSTRIDER_HEARTBEAT_SECONDS: '5' }).heartbeatSeconds).toBe(5);
  });

  it.each([
    ['POSTRIDER_CIRCUIT_FAILURES', 'many', 'must be a whole number of at least 1, such as 10'],
    ['POSTRIDER_LOG_ONE_IN', '0', 'must be a whole number of at least 1, such as 10'],
    ['POSTRIDER_ALARMS', 'yes', 'must be on or off'],
    ['POSTRIDER_HEARTBEAT', '', 'must be on or off'],
    ['POSTRIDER_HEARTBEAT_SECONDS', '61', 'must be at most 60'],
    ['POSTRIDER_TRACING', 'true', 'must be on or off'],
    ['POSTRIDER_ALARM_EMAILS', 'ops@', 'must be e-mail addresses, separated by commas'],
    ['POSTRIDER_MONTHLY_BUDGET', '-5', 'must be a number of US dollars'],
  ])('refuses %s=%s and says what it may be', (name, value, message) => {
    expect(() => stageOf('prod', { [name]: value })).toThrow(`${name} ${message}.`);
  });

  it('refuses tracing in a local run', () => {
    expect(() => stageOf('local', { POSTRIDER_TRACING: 'on' })).toThrow('POSTRIDER_TRACING is for deployed stages');
  });

  it('refuses settings of alarms where there are none', () => {
    expect(() => stageOf('dev', { POSTRIDER_MONTHLY_BUDGET: '10' })).toThrow('set POSTRIDER_ALARMS=on');
  });

  it('keeps the audit trail for days, or for ever', () => {
    expect(auditRetention(stages.prod)).toBe('400');
    expect(auditRetention({ auditRetentionDays: null })).toBe('');
    for (const auditRetentionDays of [0, -1, 0.5]) {
      expect(() => auditRetention({ auditRetentionDays })).toThrow('null to keep the audit trail for ever');
    }
  });

  it('that does not exist is refused with the names of those that do', () => {
    expect(() => stageOf('production')).toThrow('Set POSTRIDER_STAGE to one of: local, dev, prod.');
  });
});
