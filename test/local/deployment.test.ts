import { describe, expect, it } from 'vitest';
import { deploy } from '../../local/assembly/deployment.ts';
import type { Place } from '../../local/assembly/identity.ts';
import { localApp } from '../../local/assembly/local-app.ts';
import type { Stack, Template } from '../../local/assembly/read-assembly.ts';

const place: Place = {
  accountId: '000000000000',
  region: 'us-east-1',
  awsEndpoint: 'http://127.0.0.1:4566',
  apiEndpoint: 'http://127.0.0.1:4400',
};

const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 180 } };
const httpApi = { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } };

describe('the local deployment of a template', () => {
  it('gives resources the same names at every start, so that their data is found again', () => {
    const first = deploy([stack('Postrider-local', { Jobs: queue })], place);
    const second = deploy([stack('Postrider-local', { Jobs: queue })], place);

    expect(first).toEqual(second);
    expect(first.resources[0]?.identity).toEqual({
      ref: 'http://127.0.0.1:4566/000000000000/Postrider-local-Jobs',
      attributes: {
        Arn: 'arn:aws:sqs:us-east-1:000000000000:Postrider-local-Jobs',
        QueueName: 'Postrider-local-Jobs',
        QueueUrl: 'http://127.0.0.1:4566/000000000000/Postrider-local-Jobs',
      },
    });
  });

  it('resolves exports that another stack imports', () => {
    const exporting = stack(
      'State',
      { Jobs: queue },
      { Jobs: { Value: { 'Fn::GetAtt': ['Jobs', 'Arn'] }, Export: { Name: 'State:Jobs' } } },
    );
    const importing = stack('Api', {}, { JobsArn: { Value: { 'Fn::ImportValue': 'State:Jobs' } } });

    expect(deploy([exporting, importing], place).outputs.get('JobsArn')).toBe(
      'arn:aws:sqs:us-east-1:000000000000:State-Jobs',
    );
  });

  it('leaves out roles, alarms and the like', () => {
    const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };

    expect(deploy([stack('S', { Role: role })], place).resources).toEqual([]);
  });

  it('refuses a resource type that it cannot run, naming it', () => {
    const topic = { Type: 'AWS::Kinesis::Stream', Properties: {} };

    expect(() => deploy([stack('S', { Stream: topic })], place)).toThrow(/Stream in S is a AWS::Kinesis::Stream/);
  });

  it('refuses an unknown property of an event source mapping', () => {
    const source = {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: 'f', EventSourceArn: 'arn', FilterCriteria: { Filters: [] } },
    };
    const deployment = deploy([stack('S', { Source: source, Api: httpApi })], place);

    expect(() => localApp(deployment)).toThrow(/Source .*FilterCriteria/);
  });

  it('refuses a function that refers to something that does not exist locally', () => {
    const functionUnderTest = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: 'assets', S3Key: 'bundle.zip' },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Environment: { Variables: { TOPIC: { Ref: 'Topic' } } },
      },
    };
    const resources = { F: functionUnderTest, Topic: { Type: 'AWS::SNS::Topic', Properties: {} }, Api: httpApi };

    expect(() => localApp(deploy([stack('S', resources)], place))).toThrow(/TOPIC=not-run-locally/);
  });
});

function stack(name: string, resources: Template['Resources'], outputs: Template['Outputs'] = {}): Stack {
  const template = { Resources: resources, Outputs: outputs, Parameters: {}, Mappings: {}, Conditions: {} };
  return { name, template, assets: new Map([['bundle.zip', '/assets/bundle']]) };
}
