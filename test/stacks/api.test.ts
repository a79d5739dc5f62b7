import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { operations } from '../../lambdas/api/operations.ts';
import { resources, synthesise } from './synthesised.ts';

const { api, pipeline, state, stage } = synthesise('prod');

describe('the API', () => {
  it('sends publishing to ingest and everything else to the management function', () => {
    const integrations = resources('AWS::ApiGatewayV2::Integration', api);
    const ways = resources('AWS::ApiGatewayV2::Route', api).map(({ properties }) => {
      const target = JSON.stringify(properties.Target);
      const integration = integrations.find(({ id }) => target.includes(id));
      return [properties.RouteKey, integration?.properties.IntegrationUri['Fn::GetAtt'][0].split('Function')[0]];
    });

    expect(Object.fromEntries(ways)).toEqual({
      'POST /v1/events': 'Ingest',
      'POST /v1/iam/events': 'Ingest',
      'POST /heartbeat': 'Heartbeat',
      'GET /portal': 'Portal',
      'GET /portal/{proxy+}': 'Portal',
      $default: 'Management',
    });
  });

  it('has a separate route for every operation of ingest', () => {
    const byIngest = operations.filter(({ servedByIngest }) => servedByIngest);
    const routes = resources('AWS::ApiGatewayV2::Route', api)
      .map(({ properties }) => properties.RouteKey)
      .filter((key) => !key.startsWith('GET /portal'));

    expect(
      [...byIngest.map(({ method, path }) => `${method.toUpperCase()} ${path}`), 'POST /heartbeat', '$default'].sort(),
    ).toEqual(routes.sort());
  });

  it('uses IAM authorization only for the routes whose callers sign', () => {
    const signed = operations.filter((one) => one.signed).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    const routes = resources('AWS::ApiGatewayV2::Route', api).map(({ properties }) => [
      properties.RouteKey,
      properties.AuthorizationType ?? 'NONE',
    ]);

    expect(signed).toEqual(['POST /v1/iam/events', 'POST /v1/iam/sessions/admin', 'POST /v1/iam/sessions/viewer']);
    expect(routes).toEqual(routes.map(([key]) => [key, signed.includes(key) ? 'AWS_IAM' : 'NONE']));
  });

  it('lets API Gateway invoke ingest by its two routes, each by name', () => {
    const permissions = resources('AWS::Lambda::Permission', api).map(({ properties }) =>
      JSON.stringify(properties.SourceArn),
    );

    expect(permissions.filter((arn) => arn.includes('/*/*/v1/events'))).toHaveLength(1);
    expect(permissions.filter((arn) => arn.includes('/*/*/v1/iam/events'))).toHaveLength(1);
  });

  it('outputs the ARN that a role must be allowed to invoke in order to publish', () => {
    const { Value } = api.findOutputs('PublishArn').PublishArn ?? {};

    expect(Value['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : '*')).join('')).toBe(
      'arn:*:execute-api:*:*:*/$default/POST/v1/iam/events',
    );
  });

  it('uses payload format 2.0 for its functions', () => {
    api.allResourcesProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
    });
  });

  it('logs requests without query strings or headers, which carry filters and keys', () => {
    const [defaultStage] = resources('AWS::ApiGatewayV2::Stage', api);
    const format: string = defaultStage?.properties.AccessLogSettings.Format;

    expect(Object.keys(JSON.parse(format))).toContain('status');
    expect(format).not.toMatch(/header|query|authorizer|rawPath/i);
  });

  it('is throttled', () => {
    api.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: stage.throttle.rate, ThrottlingBurstLimit: stage.throttle.burst },
    });
  });

  it('outputs its URL without a trailing slash', () => {
    api.hasOutput('ApiUrl', { Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('^HttpApi'), 'ApiEndpoint'] } });
  });
});

it('a deployment outputs the names that operators and the command line use', () => {
  const printed = [state, pipeline, api].flatMap((template) =>
    Object.keys(template.findOutputs('*')).filter((name) => !name.startsWith('ExportsOutput')),
  );

  expect(printed.toSorted()).toEqual([
    'ApiUrl',
    'BulkDeliveryQueueUrl',
    'BulkFanoutQueueUrl',
    'ContinuationsDeadLetterQueueUrl',
    'DeadLetterQueueUrl',
    'DeliveryQueueUrl',
    'EventBusName',
    'FanoutDeadLetterQueueUrl',
    'FanoutQueueUrl',
    'JobsDeadLetterQueueUrl',
    'LedgerTableName',
    'PayloadBucketName',
    'PublishArn',
    'RegistryTableName',
    'RuleDeadLetterQueueUrl',
    'SecretsKeyArn',
    'SlowDeliveryQueueUrl',
    'StatsDeadLetterQueueUrl',
  ]);
});
