import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import type { Stage } from '../../lib/stage.ts';
import type { Deployment } from '../runtime/aws.ts';
import { bucketCheck } from './bucket-check.ts';
import { checked, type Finding, fail, isMissing, ok } from './finding.ts';

const SHOULD_BE = 'See who deleted it (CloudTrail), and restore it from a backup if there is one.';

/**
 * The tables, the bucket and the key, which the product on this machine has too.
 * @param stage undefined for that one: it protects nothing.
 */
export async function stateChecks(
  { outputs, config }: Deployment,
  stage: Stage | undefined,
): Promise<readonly Finding[]> {
  const dynamoDb = new DynamoDBClient(config);
  const { RegistryTableName: registry, LedgerTableName: ledger, PayloadBucketName: bucket } = outputs;
  const { SecretsKeyArn: key } = outputs;
  const keeps = stage?.keepState ?? false;
  const found = await Promise.all([
    ...[registry, ledger].flatMap((name) => (name === undefined ? [] : [tableCheck(name, keeps, dynamoDb)])),
    ...(registry === undefined || stage === undefined ? [] : [backupCheck(registry, dynamoDb)]),
    ...(bucket === undefined ? [] : [bucketCheck(bucket, stage, config)]),
    ...(key === undefined ? [] : [keyCheck(key, new KMSClient(config))]),
  ]);
  return found.flat();
}

function tableCheck(TableName: string, keeps: boolean, client: DynamoDBClient): Promise<readonly Finding[]> {
  const check = async (): Promise<Finding> => {
    const { Table } = await client
      .send(new DescribeTableCommand({ TableName }))
      .catch((fault: unknown) => (isMissing(fault) ? { Table: undefined } : Promise.reject(fault)));
    if (Table === undefined) return fail('tables', `${TableName} is not there.`, SHOULD_BE);
    if (Table.TableStatus !== 'ACTIVE' && Table.TableStatus !== 'UPDATING') {
      return fail('tables', `${TableName} is ${Table.TableStatus}.`, 'See the console of DynamoDB.');
    }
    if (keeps && Table.DeletionProtectionEnabled !== true) {
      return fail(
        'tables',
        `${TableName} may be deleted.`,
        `aws dynamodb update-table --table-name ${TableName} --deletion-protection-enabled`,
      );
    }
    return ok('tables', `${TableName} is active${keeps ? ', and refuses deletion' : ''}.`);
  };
  return checked(
    'tables',
    check().then((found) => [found]),
  );
}

/** Endpoints, keys and the audit trail cannot be made again: a wrong write must be possible to undo. */
function backupCheck(TableName: string, client: DynamoDBClient): Promise<readonly Finding[]> {
  const check = async (): Promise<readonly Finding[]> => {
    const { ContinuousBackupsDescription: found } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    const { PointInTimeRecoveryStatus: status, RecoveryPeriodInDays: days } =
      found?.PointInTimeRecoveryDescription ?? {};
    if (status === 'ENABLED') {
      return [ok('backups', `${TableName} can be restored to any second of the last ${days ?? 35} days.`)];
    }
    return [
      fail(
        'backups',
        `${TableName} cannot be restored to an earlier time.`,
        `aws dynamodb update-continuous-backups --table-name ${TableName} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      ),
    ];
  };
  // That the table is gone is another check's finding.
  return checked(
    'backups',
    check().catch((fault: unknown) => (isMissingTable(fault) ? [] : Promise.reject(fault))),
  );
}

const isMissingTable = (fault: unknown) => fault instanceof Error && fault.name === 'TableNotFoundException';

function keyCheck(KeyId: string, client: KMSClient): Promise<readonly Finding[]> {
  const check = async (): Promise<Finding> => {
    const { KeyMetadata } = await client
      .send(new DescribeKeyCommand({ KeyId }))
      .catch((fault: unknown) => (isMissing(fault) ? { KeyMetadata: undefined } : Promise.reject(fault)));
    const state = KeyMetadata?.KeyState ?? (KeyMetadata?.Enabled === true ? 'Enabled' : 'not there');
    if (state === 'Enabled') return ok('key of the secrets', 'It is enabled.');
    return fail(
      'key of the secrets',
      `It is ${state}: no secret can be opened, so that nothing is delivered.`,
      'docs/runbook.md#the-key-of-the-secrets-is-in-danger',
    );
  };
  return checked(
    'key of the secrets',
    check().then((found) => [found]),
  );
}
