import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from './assembly/deployment.ts';
import type { Place } from './assembly/identity.ts';

/** Outputs that tools and tests rely on, by the names that `cdk deploy` prints. */
const PROMISED = [
  'ApiUrl',
  'PublishArn',
  'FanoutQueueUrl',
  'BulkFanoutQueueUrl',
  'DeliveryQueueUrl',
  'SlowDeliveryQueueUrl',
  'BulkDeliveryQueueUrl',
  'DeadLetterQueueUrl',
  'RuleDeadLetterQueueUrl',
  'FanoutDeadLetterQueueUrl',
  'JobsDeadLetterQueueUrl',
  'StatsDeadLetterQueueUrl',
  'ContinuationsDeadLetterQueueUrl',
  'RegistryTableName',
  'LedgerTableName',
  'PayloadBucketName',
  'EventBusName',
  'SecretsKeyArn',
] as const;

/** The stacks' outputs, without those for other stacks, and the AWS endpoint. */
export type Outputs = Readonly<Record<(typeof PROMISED)[number] | 'AwsEndpointUrl', string>>;

/**
 * Collects the outputs of all stacks.
 * @throws Error naming an output that the template lacks.
 */
export function collectOutputs({ outputs }: Deployment, place: Place): Outputs {
  const get = (name: string): string => {
    const value = outputs.get(name);
    if (value === undefined) throw new Error(`No stack has the output ${name}. Add it to its stack in lib/stacks.`);
    return value;
  };
  return {
    ApiUrl: get('ApiUrl'),
    PublishArn: get('PublishArn'),
    FanoutQueueUrl: get('FanoutQueueUrl'),
    BulkFanoutQueueUrl: get('BulkFanoutQueueUrl'),
    DeliveryQueueUrl: get('DeliveryQueueUrl'),
    SlowDeliveryQueueUrl: get('SlowDeliveryQueueUrl'),
    BulkDeliveryQueueUrl: get('BulkDeliveryQueueUrl'),
    DeadLetterQueueUrl: get('DeadLetterQueueUrl'),
    RuleDeadLetterQueueUrl: get('RuleDeadLetterQueueUrl'),
    FanoutDeadLetterQueueUrl: get('FanoutDeadLetterQueueUrl'),
    JobsDeadLetterQueueUrl: get('JobsDeadLetterQueueUrl'),
    StatsDeadLetterQueueUrl: get('StatsDeadLetterQueueUrl'),
    ContinuationsDeadLetterQueueUrl: get('ContinuationsDeadLetterQueueUrl'),
    RegistryTableName: get('RegistryTableName'),
    LedgerTableName: get('LedgerTableName'),
    PayloadBucketName: get('PayloadBucketName'),
    EventBusName: get('EventBusName'),
    SecretsKeyArn: get('SecretsKeyArn'),
    AwsEndpointUrl: place.awsEndpoint,
  };
}

/** Writes `outputs.json` atomically: a reader that waits for the file must not see half of it. */
export function writeOutputs(dataDir: string, outputs: Outputs): void {
  const path = join(dataDir, 'outputs.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(outputs, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
