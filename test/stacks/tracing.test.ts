import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { tracingLayerArn } from '../../lib/constructs/tracing-layer.ts';
import { resources, type Synthesised, synthesise } from './synthesised.ts';

const POLICY = 'CloudWatchLambdaApplicationSignalsExecutionRolePolicy';
const off = synthesise('prod');
const on = synthesise('prod', { tracing: true });
const functionsOf = ({ pipeline, api }: Synthesised) => resources('AWS::Lambda::Function', pipeline, api);
const roleOf = ({ id }: { id: string }) => id.slice(0, id.indexOf('Function'));

describe('tracing', () => {
  it('leaves no trace in the templates while it is off', () => {
    for (const { pipeline, api } of [off, synthesise('dev'), synthesise('local')]) {
      for (const template of [pipeline, api]) {
        expect(JSON.stringify(template.toJSON())).not.toMatch(/otel|OpenTelemetry|TracingLayers|ApplicationSignals/i);
        expect(template.toJSON()).not.toHaveProperty('Mappings');
      }
    }
    for (const { properties } of functionsOf(off)) {
      expect(properties).not.toHaveProperty('Layers');
      expect(properties).not.toHaveProperty('TracingConfig');
    }
  });

  it("gives every function AWS's layer and its wrapper, active tracing, and no instrumentation of its requests", () => {
    expect(functionsOf(on)).toHaveLength(functionsOf(off).length);
    for (const { properties } of functionsOf(on)) {
      expect(properties.TracingConfig).toEqual({ Mode: 'Active' });
      expect(properties.Layers).toHaveLength(1);
      expect(properties.Environment.Variables).toMatchObject({
        AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
        OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'aws-lambda',
        OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http',
      });
    }
  });

  it('leaves less memory for the bodies of deliver', () => {
    const memoryOf = (stage: Synthesised) =>
      functionsOf(stage).flatMap(({ properties }) => properties.Environment.Variables.FUNCTION_MEMORY_MB ?? []);
    expect([memoryOf(off), memoryOf(on)]).toEqual([['512'], ['416']]);
  });

  it('finds the layer by the region in which it is deployed', () => {
    for (const template of [on.pipeline, on.api]) {
      const { Mappings } = template.toJSON();
      // The account is another one in regions that must be switched on.
      expect(Mappings.TracingLayers).toMatchObject({
        'us-east-1': { account: '615299751070', version: expect.stringMatching(/^\d+$/) },
        'eu-south-1': { account: '257394471194' },
      });
      const [lambda] = resources('AWS::Lambda::Function', template);
      const of = (what: string) => ({ 'Fn::FindInMap': ['TracingLayers', { Ref: 'AWS::Region' }, what] });
      expect(lambda?.properties.Layers).toEqual([
        {
          'Fn::Join': [
            '',
            [
              ...['arn:', { Ref: 'AWS::Partition' }, ':lambda:', { Ref: 'AWS::Region' }, ':'],
              ...[of('account'), ':layer:AWSOpenTelemetryDistroJs:', of('version')],
            ],
          ],
        },
      ]);
    }
  });

  it('lets each role write traces by the managed policy, and adds no other permission', () => {
    const roles = functionsOf(on).map(roleOf);
    for (const { id, properties } of resources('AWS::IAM::Role', on.pipeline, on.api)) {
      const policies = roles.some((role) => id.startsWith(`${role}Role`)) ? [expect.anything()] : undefined;
      expect(properties.ManagedPolicyArns).toEqual(policies);
      if (policies) expect(JSON.stringify(properties.ManagedPolicyArns)).toContain(`:iam::aws:policy/${POLICY}`);
    }
    const policiesOf = ({ pipeline, api }: Synthesised) => resources('AWS::IAM::Policy', pipeline, api);
    expect(policiesOf(on)).toEqual(policiesOf(off));
  });

  it('refuses a region in which AWS publishes no layer', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'xx-nowhere-1' } });
    expect(() => tracingLayerArn(stack)).toThrow('no OpenTelemetry layer in xx-nowhere-1');
  });
});
