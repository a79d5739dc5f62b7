import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** Index names of the two tables, as the DynamoDB adapters know them. */
export const registryIndexes = ['by_tenant', 'by_kind', 'by_audit'] as const;
const registryKeys = {
  by_tenant: ['tenant_pk', 'list_sk'],
  by_kind: ['kind_pk', 'list_sk'],
  // Items with a pending audit entry, which the scheduled task copies.
  by_audit: ['audit_pk', 'audit_sk'],
} as const;
export const ledgerIndexes = ['listing', 'sparse'] as const;

/**
 * The state that outlives a deployment: configuration (registry), events and deliveries (ledger), payloads, the key of
 * the secrets. docs/adr/040-what-cannot-change-later.md has the reasons for the types.
 */
export class StateStack extends Stack {
  readonly registry: TableV2;
  readonly ledger: TableV2;
  readonly payloads: Bucket;
  readonly secretsKey: Key;

  constructor(scope: Construct, id: string, props: StackProps & { readonly stage: Stage }) {
    super(scope, id, props);
    const { stage } = props;
    const removalPolicy = stage.keepState ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const plain = {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      billing: Billing.onDemand(),
      // Encrypted at rest with a key owned by AWS. A customer key would bill KMS calls on the hottest path; the secrets
      // in here are sealed under our own key before they are written.
      deletionProtection: stage.keepState,
      removalPolicy,
    };

    // Irreplaceable: endpoints, keys, audit. Point-in-time recovery can undo a wrong write to the second for 35 days.
    this.registry = new TableV2(this, 'Registry', {
      ...plain,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Of entries of the audit trail alone: nothing else in here may have the attribute.
      timeToLiveAttribute: 'expires_at',
    });
    // Few writes and many lists: the indexes project whole items, so that a list needs no second read.
    for (const indexName of registryIndexes) {
      const [partitionKey, sortKey] = registryKeys[indexName];
      this.registry.addGlobalSecondaryIndex({
        indexName,
        partitionKey: text(partitionKey),
        sortKey: text(sortKey),
        projectionType: ProjectionType.ALL,
      });
    }

    // Health with the holding mark. It is written with every failure of an endpoint: keys only, so that just setting and
    // clearing the mark writes the index.
    this.registry.addGlobalSecondaryIndex({
      indexName: 'by_mark',
      partitionKey: text('mark_pk'),
      sortKey: text('mark_sk'),
      projectionType: ProjectionType.KEYS_ONLY,
    });

    // A log that expires by TTL. No point-in-time recovery: it is billed by size, this is by far the larger table, and
    // an old copy would show deliveries as waiting that have been made since.
    const { warm, max } = stage.ledgerWrites;
    const warmThroughput = warm === null ? {} : { warmThroughput: { writeUnitsPerSecond: warm } };
    this.ledger = new TableV2(this, 'Ledger', {
      ...plain,
      ...warmThroughput,
      ...(max !== null && { billing: Billing.onDemand({ maxWriteRequestUnits: max }) }),
      timeToLiveAttribute: 'expires_at',
    });
    // Many writes: keys only. Events are in both, by tenant and across all; a delivery is in `sparse` only while it
    // waits, has a notice in its outbox, or has ended without an acknowledgement.
    for (const indexName of ledgerIndexes) {
      this.ledger.addGlobalSecondaryIndex({
        indexName,
        partitionKey: text(indexName === 'listing' ? 'list_pk' : 'sparse_pk'),
        sortKey: text(indexName === 'listing' ? 'list_sk' : 'sparse_sk'),
        projectionType: ProjectionType.KEYS_ONLY,
        // An index that cannot take its writes holds up those of the table.
        ...warmThroughput,
      });
    }

    this.payloads = new Bucket(this, 'Payloads', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // A key ends in the content's SHA-256, so an object is never overwritten with other content: versions would only
      // keep expired payloads alive.
      versioned: false,
      lifecycleRules: [
        { expiration: Duration.days(stage.retentionDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy,
    });

    Validations.of(this.ledger).acknowledge({
      id: 'AwsSolutions-DDB3',
      reason:
        'The ledger forgets after 30 days, is large, and an old copy would show deliveries as open that were made since.',
    });
    Validations.of(this.payloads).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Only our functions touch the objects, and they log each use. CloudTrail data events can be added where an auditor asks.',
    });

    this.secretsKey = new Key(this, 'SecretsKey', {
      description: `Postrider ${stage.name}: seals the endpoints' signing secrets`,
      enableKeyRotation: true,
      // Cannot be changed later. A key in one Region could never open what is restored or replicated in another.
      multiRegion: true,
      removalPolicy,
    });

    new CfnOutput(this, 'RegistryTableName', { value: this.registry.tableName });
    new CfnOutput(this, 'LedgerTableName', { value: this.ledger.tableName });
    new CfnOutput(this, 'PayloadBucketName', { value: this.payloads.bucketName });
    new CfnOutput(this, 'SecretsKeyArn', { value: this.secretsKey.keyArn });
  }
}

const text = (name: string) => ({ name, type: AttributeType.STRING });
