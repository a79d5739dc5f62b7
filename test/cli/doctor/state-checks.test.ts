import { DescribeContinuousBackupsCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { stateChecks } from '../../../cli/doctor/state-checks.ts';
import { stages } from '../../../lib/stage.ts';
import { allIsWell, aws, config, fault, outputs } from './stage-on-aws.ts';

beforeEach(allIsWell);

const findings = () => stateChecks({ outputs, config }, stages.prod);
const wrong = async () => (await findings()).filter(({ result }) => result !== 'ok');

describe('the doctor, of what a stage keeps', () => {
  it('finds nothing where all is well', async () => {
    expect(await wrong()).toEqual([]);
    expect((await findings()).map(({ check }) => check)).toEqual([
      'tables',
      'tables',
      'backups',
      'payload bucket',
      'key of the secrets',
    ]);
  });

  it.each<[string, () => unknown, string, string, RegExp]>([
    [
      'a table that may be deleted',
      () =>
        aws.dynamoDb.on(DescribeTableCommand, { TableName: 'ledger' }).resolves({ Table: { TableStatus: 'ACTIVE' } }),
      ...(['tables', 'fail', /ledger may be deleted/] as const),
    ],
    [
      'a table that is gone',
      () => aws.dynamoDb.on(DescribeTableCommand, { TableName: 'ledger' }).rejects(fault('ResourceNotFoundException')),
      ...(['tables', 'fail', /ledger is not there/] as const),
    ],
    [
      'a table that is being deleted',
      () =>
        aws.dynamoDb.on(DescribeTableCommand, { TableName: 'ledger' }).resolves({ Table: { TableStatus: 'DELETING' } }),
      ...(['tables', 'fail', /ledger is DELETING/] as const),
    ],
    [
      'a registry that cannot be restored',
      () =>
        aws.dynamoDb.on(DescribeContinuousBackupsCommand, { TableName: 'registry' }).resolves({
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
          },
        }),
      ...(['backups', 'fail', /cannot be restored/] as const),
    ],
    [
      'a bucket that is gone',
      () => aws.s3.on(HeadBucketCommand).rejects(fault('NotFound')),
      ...(['payload bucket', 'fail', /is not there/] as const),
    ],
    [
      'a bucket that somebody could open to the public',
      () =>
        aws.s3.on(GetPublicAccessBlockCommand).resolves({
          PublicAccessBlockConfiguration: {
            ...{ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false, RestrictPublicBuckets: true },
          },
        }),
      ...(['payload bucket', 'fail', /BlockPublicPolicy is off/] as const),
    ],
    [
      'a bucket whose block of the public was deleted',
      () => aws.s3.on(GetPublicAccessBlockCommand).rejects(fault('NoSuchPublicAccessBlockConfiguration')),
      ...(['payload bucket', 'fail', /BlockPublicAcls, .* are off/] as const),
    ],
    [
      'a bucket that takes requests without TLS',
      () => aws.s3.on(GetBucketPolicyCommand).rejects(fault('NoSuchBucketPolicy')),
      ...(['payload bucket', 'warn', /without TLS/] as const),
    ],
    [
      'a policy that refuses something else',
      () =>
        aws.s3.on(GetBucketPolicyCommand).resolves({
          Policy: JSON.stringify({
            Statement: { Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: '*' },
          }),
        }),
      ...(['payload bucket', 'warn', /without TLS/] as const),
    ],
    [
      'payloads that are deleted too early',
      () =>
        aws.s3
          .on(GetBucketLifecycleConfigurationCommand)
          .resolves({ Rules: [{ Status: 'Enabled', Filter: {}, Expiration: { Days: 7 } }] }),
      ...(['payload bucket', 'fail', /after 7 days.* for 30/] as const),
    ],
    [
      'payloads that are never deleted',
      () => aws.s3.on(GetBucketLifecycleConfigurationCommand).rejects(fault('NoSuchLifecycleConfiguration')),
      ...(['payload bucket', 'warn', /for ever/] as const),
    ],
    [
      'a rule that is switched off',
      () =>
        aws.s3
          .on(GetBucketLifecycleConfigurationCommand)
          .resolves({ Rules: [{ Status: 'Disabled', Filter: {}, Expiration: { Days: 30 } }] }),
      ...(['payload bucket', 'warn', /for ever/] as const),
    ],
    [
      'versions of payloads',
      () => aws.s3.on(GetBucketVersioningCommand).resolves({ Status: 'Enabled' }),
      ...(['payload bucket', 'warn', /keeps versions/] as const),
    ],
    [
      'a bucket whose settings may not be read',
      () => aws.s3.on(GetPublicAccessBlockCommand).rejects(fault('AccessDenied', 'Access Denied')),
      ...(['payload bucket', 'warn', /could not be checked: AccessDenied/] as const),
    ],
    [
      'a key that is to be deleted',
      () => aws.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k', KeyState: 'PendingDeletion' } }),
      ...(['key of the secrets', 'fail', /PendingDeletion/] as const),
    ],
    [
      'a key that is gone',
      () => aws.kms.on(DescribeKeyCommand).rejects(fault('NotFoundException')),
      ...(['key of the secrets', 'fail', /not there/] as const),
    ],
  ])('finds %s, and says what to do', async (_, situation, check, result, detail) => {
    situation();
    expect(await wrong()).toMatchObject([
      { check, result, detail: expect.stringMatching(detail), next: expect.stringMatching(/\S{2}/) },
    ]);
  });

  it('asks of a product on this machine only what there is: no protection and no settings', async () => {
    aws.dynamoDb.on(DescribeTableCommand).resolves({ Table: { TableStatus: 'ACTIVE' } });
    aws.dynamoDb.on(DescribeContinuousBackupsCommand).rejects(fault('UnknownOperationException'));
    aws.s3.on(GetPublicAccessBlockCommand).rejects(fault('NotImplemented'));
    const found = await stateChecks({ outputs, config }, undefined);
    expect(found.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'tables ok',
      'tables ok',
      'payload bucket ok',
      'key of the secrets ok',
    ]);
    aws.s3.on(HeadBucketCommand).rejects(fault('NotFound'));
    expect(await stateChecks({ outputs, config }, undefined)).toMatchObject([{}, {}, { result: 'fail' }, {}]);
  });
});
