import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resources, synthesise } from './synthesised.ts';

const prod = synthesise('prod');
const dev = synthesise('dev');
const local = synthesise('local');

const stateful = ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key'];

describe('state', () => {
  it.each([prod, dev])('survives the deletion of its stack in $stage.name', ({ state }) => {
    const policies = stateful.flatMap((type) => resources(type, state).map(({ deletionPolicy }) => deletionPolicy));

    expect(policies).toEqual(['Retain', 'Retain', 'Retain', 'Retain']);
  });

  it('is deleted with its stack in a local run, so that nothing has to be cleaned up', () => {
    const policies = stateful.flatMap((type) =>
      resources(type, local.state).map(({ deletionPolicy }) => deletionPolicy),
    );

    expect(new Set(policies)).toEqual(new Set(['Delete']));
  });

  it.each([prod, dev])('refuses the deletion of a table in $stage.name', ({ state }) => {
    state.allResourcesProperties('AWS::DynamoDB::GlobalTable', { Replicas: [{ DeletionProtectionEnabled: true }] });
  });

  it('has termination protection in production', () => {
    expect(prod.stacks.state.terminationProtection).toBe(true);
  });

  it('has point-in-time recovery only for data that could not be rebuilt', () => {
    const backed = resources('AWS::DynamoDB::GlobalTable', prod.state).filter(
      ({ properties }) => properties.Replicas[0].PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
    );

    expect(backed.map(({ id }) => id)).toEqual([expect.stringMatching(/^Registry/)]);
  });

  it('expires items of both tables by their own time', () => {
    prod.state.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    });
  });

  it('keeps payloads as long as events', () => {
    prod.state.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: prod.stage.retentionDays, Status: 'Enabled' }] },
    });
  });

  it('projects whole items into the registry lists, and only keys into its marks and the lists of the ledger', () => {
    const projections = resources('AWS::DynamoDB::GlobalTable', prod.state).flatMap(({ properties }) =>
      properties.GlobalSecondaryIndexes.map(
        (index: { IndexName: string; Projection: { ProjectionType: string } }) =>
          `${index.IndexName} ${index.Projection.ProjectionType}`,
      ),
    );

    expect(projections).toEqual([
      'by_tenant ALL',
      'by_kind ALL',
      'by_audit ALL',
      'by_mark KEYS_ONLY',
      'listing KEYS_ONLY',
      'sparse KEYS_ONLY',
    ]);
  });

  it('is billed on demand: nothing is provisioned', () => {
    prod.state.allResourcesProperties('AWS::DynamoDB::GlobalTable', { BillingMode: 'PAY_PER_REQUEST' });
  });

  it('blocks public access to payloads, and plain http', () => {
    prod.state.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    prod.state.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [{ Action: 's3:*', Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      },
    });
  });

  it('rotates the KMS key for secrets', () => {
    prod.state.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('has a KMS key that another Region can have a replica of, since that cannot be changed later', () => {
    prod.state.hasResourceProperties('AWS::KMS::Key', { MultiRegion: true });
  });

  it('leaves the capacity for writes to DynamoDB unless a stage sets it', () => {
    const settings = (state: Template) =>
      resources('AWS::DynamoDB::GlobalTable', state).map(({ properties }) => [
        properties.WarmThroughput?.WriteUnitsPerSecond,
        properties.WriteOnDemandThroughputSettings?.MaxWriteRequestUnits,
        ...properties.GlobalSecondaryIndexes.map(
          (index: { WarmThroughput?: { WriteUnitsPerSecond: number } }) => index.WarmThroughput?.WriteUnitsPerSecond,
        ),
      ]);
    const none = [undefined, undefined];

    expect(settings(prod.state)).toEqual([
      [...none, undefined, undefined, undefined, undefined],
      [...none, undefined, undefined],
    ]);
    const { state } = synthesise('prod', { ledgerWrites: { warm: 20_000, max: 30_000 } });
    expect(settings(state)).toEqual([
      [...none, undefined, undefined, undefined, undefined],
      [20_000, 30_000, 20_000, 20_000],
    ]);
  });
});
