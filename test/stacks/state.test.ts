import { describe, expect, it } from 'vitest';
import { resources, synthesise } from './synthesised.ts';

const prod = synthesise('prod');
const dev = synthesise('dev');
const local = synthesise('local');

const stateful = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key'];

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
    state.allResourcesProperties('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true });
  });

  it('has termination protection in production', () => {
    expect(prod.stacks.state.terminationProtection).toBe(true);
  });

  it('has point-in-time recovery only for data that could not be rebuilt', () => {
    const backed = resources('AWS::DynamoDB::Table', prod.state).filter(
      ({ properties }) => properties.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
    );

    expect(backed.map(({ id }) => id)).toEqual([expect.stringMatching(/^Registry/)]);
  });

  it('expires events and their payloads at the same age', () => {
    prod.state.hasResourceProperties('AWS::DynamoDB::Table', {
      TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    });
    prod.state.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: [{ ExpirationInDays: prod.stage.retentionDays, Status: 'Enabled' }] },
    });
  });

  it('projects whole items into the registry lists, and only keys into those of the ledger', () => {
    const projections = resources('AWS::DynamoDB::Table', prod.state).flatMap(({ properties }) =>
      properties.GlobalSecondaryIndexes.map(
        (index: { IndexName: string; Projection: { ProjectionType: string } }) =>
          `${index.IndexName} ${index.Projection.ProjectionType}`,
      ),
    );

    expect(projections).toEqual([
      'by_tenant ALL',
      'by_kind ALL',
      'by_audit ALL',
      'listing KEYS_ONLY',
      'sparse KEYS_ONLY',
    ]);
  });

  it('is billed on demand: nothing is provisioned', () => {
    prod.state.allResourcesProperties('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' });
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
});
