import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import type { Stage } from '../../lib/stage.ts';
import { needsOf } from '../preflight/needs.ts';
import { isTooLow, readQuotas } from '../preflight/quotas.ts';
import type { Deployment } from '../runtime/aws.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const ALARM_NAMES_MAX = 100;

/** A resource of a stack, by its type and physical id. */
interface Resource {
  readonly type: string;
  readonly id: string;
}

/** What a deployed stage is checked with. */
export interface StageWorld {
  readonly stage: Stage;
  readonly cloudFormation: CloudFormationClient;
  readonly config: Deployment['config'];
}

/** Checks of a deployed stage, each with its own calls: one that is not allowed says so and stops no other. */
export async function stageChecks(world: StageWorld): Promise<Finding[]> {
  const { stage, cloudFormation, config } = world;
  const names = stackNames(stage);
  const stacks = await stackChecks(names, cloudFormation);
  const resources = (
    await Promise.all(names.map((name) => resourcesOf(name, cloudFormation).catch((): Resource[] => [])))
  ).flat();
  const ids = (type: string) => resources.filter((one) => one.type === type).map(({ id }) => id);
  const lambda = new LambdaClient(config);
  const checks: [string, () => Promise<Finding[]>][] = [
    ['quotas', () => quotaChecks(stage, config, lambda)],
    ['queue triggers', () => mappingChecks(ids('AWS::Lambda::EventSourceMapping'), lambda)],
    ['schedules', () => scheduleChecks(ids('AWS::Scheduler::Schedule'), new SchedulerClient(config))],
    [
      'alarms',
      () =>
        alarmChecks(
          [...ids('AWS::CloudWatch::Alarm'), ...ids('AWS::CloudWatch::CompositeAlarm')],
          stage,
          new CloudWatchClient(config),
        ),
    ],
    ['who is told', () => topicChecks(ids('AWS::SNS::Topic'), stage, new SNSClient(config))],
  ];
  const found = await Promise.all(
    checks.map(([check, run]) => run().catch((fault: unknown) => [unchecked(check, fault)])),
  );
  return [...stacks, ...found.flat()];
}

/** The tables and the key, which a local product has too. `keeps`: whether they must refuse deletion. */
export async function stateChecks({ outputs, config }: Deployment, keeps: boolean): Promise<Finding[]> {
  const dynamoDb = new DynamoDBClient(config);
  const tables = [outputs.RegistryTableName, outputs.LedgerTableName].filter((name) => name !== undefined);
  const ofTables = Promise.all(tables.map((name) => tableCheck(name, keeps, dynamoDb)));
  const { SecretsKeyArn: key } = outputs;
  const ofKey = key === undefined ? [] : [keyCheck(key, new KMSClient(config))];
  return (
    await Promise.all([
      ofTables.catch((fault: unknown) => [unchecked('tables', fault)]),
      ...ofKey.map((one) =>
        one.then((found) => [found]).catch((fault: unknown) => [unchecked('key of the secrets', fault)]),
      ),
    ])
  ).flat();
}

export const stackNames = ({ name, alarms }: Pick<Stage, 'name' | 'alarms'>): string[] =>
  ['State', 'Pipeline', 'Api', ...(alarms === null ? [] : ['Observability'])].map(
    (stack) => `Postrider-${name}-${stack}`,
  );

function unchecked(check: string, fault: unknown): Finding {
  const why = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  return warn(
    check,
    `It could not be checked: ${why}`,
    'Allow your AWS credentials the call that AWS names, or try again.',
  );
}

async function stackChecks(names: readonly string[], client: CloudFormationClient): Promise<Finding[]> {
  const states = await Promise.all(
    names.map(async (name) => {
      try {
        const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
        return { name, status: Stacks[0]?.StackStatus ?? 'missing' };
      } catch (fault) {
        if (fault instanceof Error && /does not exist/.test(fault.message)) return { name, status: 'missing' };
        throw fault;
      }
    }),
  );
  const wrong = states.filter(
    ({ status }) => !/^(CREATE|UPDATE|IMPORT)_COMPLETE$|^UPDATE_ROLLBACK_COMPLETE$/.test(status),
  );
  const rolledBack = states.filter(({ status }) => status === 'UPDATE_ROLLBACK_COMPLETE');
  if (wrong.length > 0) {
    return wrong.map(({ name, status }) =>
      fail('stacks', `${name} is ${status}.`, 'Deploy again: npx cdk deploy --all.'),
    );
  }
  if (rolledBack.length > 0) {
    return rolledBack.map(({ name }) =>
      warn(
        'stacks',
        `The last deployment of ${name} failed and was taken back.`,
        'See its events in CloudFormation, then deploy again.',
      ),
    );
  }
  return [ok('stacks', `All ${names.length} are complete.`)];
}

async function resourcesOf(StackName: string, client: CloudFormationClient): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { ResourceType: type = '', PhysicalResourceId: id = '' } of StackResourceSummaries)
      found.push({ type, id });
  }
  return found;
}

async function quotaChecks(stage: Stage, config: Deployment['config'], lambda: LambdaClient): Promise<Finding[]> {
  const found = await readQuotas(needsOf(stage), { lambda, quotas: new ServiceQuotasClient(config) });
  const low = found.filter(isTooLow);
  if (low.length === 0) return [ok('quotas', `All ${found.length} are enough for ${stage.name}.`)];
  return low.map(({ need, has }) =>
    fail(
      'quotas',
      `${need.name}: ${has.value}, and ${stage.name} needs ${need.needed}. ${need.otherwise}`,
      `npm run preflight -- --stage ${stage.name} says how to raise it.`,
    ),
  );
}

async function mappingChecks(ids: readonly string[], client: LambdaClient): Promise<Finding[]> {
  const states = await Promise.all(
    ids.map(async (UUID) => ({ UUID, ...(await client.send(new GetEventSourceMappingCommand({ UUID }))) })),
  );
  const off = states.filter(({ State }) => State !== 'Enabled');
  if (off.length === 0) return [ok('queue triggers', `All ${ids.length} are enabled.`)];
  return off.map(({ UUID, State, EventSourceArn }) =>
    fail(
      'queue triggers',
      `That of ${EventSourceArn ?? UUID} is ${State}: its messages wait.`,
      `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`,
    ),
  );
}

async function scheduleChecks(names: readonly string[], client: SchedulerClient): Promise<Finding[]> {
  const states = await Promise.all(
    names.map(async (Name) => ({ Name, ...(await client.send(new GetScheduleCommand({ Name }))) })),
  );
  const off = states.filter(({ State }) => State !== 'ENABLED');
  if (off.length === 0) return [ok('schedules', `All ${names.length} are enabled.`)];
  return off.map(({ Name, Description }) =>
    fail(
      'schedules',
      `${Description ?? Name} is disabled.`,
      `Enable ${Name} in the console of EventBridge Scheduler, or deploy again.`,
    ),
  );
}

async function alarmChecks(
  names: readonly string[],
  { name: stage }: Stage,
  client: CloudWatchClient,
): Promise<Finding[]> {
  if (names.length === 0)
    return [warn('alarms', `The stage ${stage} has none.`, 'POSTRIDER_ALARMS=on npx cdk deploy --all')];
  const chunks = Array.from({ length: Math.ceil(names.length / ALARM_NAMES_MAX) }, (_, at) =>
    names.slice(at * ALARM_NAMES_MAX, (at + 1) * ALARM_NAMES_MAX),
  );
  const answers = await Promise.all(
    chunks.map((AlarmNames) =>
      client.send(new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] })),
    ),
  );
  const alarms = answers.flatMap(({ MetricAlarms = [], CompositeAlarms = [] }) => [
    ...MetricAlarms,
    ...CompositeAlarms,
  ]);
  const raised = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  const muted = alarms.filter(({ ActionsEnabled }) => ActionsEnabled === false);
  return [
    ...(raised.length === 0 ? [ok('alarms', `None of ${alarms.length} is raised.`)] : []),
    ...raised.map(({ AlarmName = '' }) =>
      fail('alarms', `${AlarmName} is raised.`, 'Its description links to its section in docs/runbook.md.'),
    ),
    ...muted.map(({ AlarmName = '' }) =>
      warn(
        'alarms',
        `The actions of ${AlarmName} are off: nobody is told.`,
        `aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName}`,
      ),
    ),
  ];
}

async function topicChecks(arns: readonly string[], { alarms }: Stage, client: SNSClient): Promise<Finding[]> {
  if (arns.length === 0 || alarms === null) return [];
  const subscriptions: string[] = [];
  for (const TopicArn of arns) {
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
      subscriptions.push(...Subscriptions.map(({ SubscriptionArn = '' }) => SubscriptionArn));
    }
  }
  const pending = subscriptions.filter((arn) => arn === 'PendingConfirmation');
  if (subscriptions.length === 0) {
    return [
      fail(
        'who is told',
        'Nobody is told of an alarm.',
        'Deploy with POSTRIDER_ALARM_EMAILS, or subscribe to the topics.',
      ),
    ];
  }
  if (pending.length > 0) {
    return [
      warn(
        'who is told',
        `${pending.length} of ${subscriptions.length} subscriptions are not confirmed.`,
        'Open the link in the mail that AWS sent.',
      ),
    ];
  }
  return [ok('who is told', `${subscriptions.length} subscriptions, all confirmed.`)];
}

async function tableCheck(TableName: string, keeps: boolean, client: DynamoDBClient): Promise<Finding> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  if (Table?.TableStatus !== 'ACTIVE') {
    return fail('tables', `${TableName} is ${Table?.TableStatus ?? 'not there'}.`, 'See the console of DynamoDB.');
  }
  if (keeps && Table.DeletionProtectionEnabled !== true) {
    return fail(
      'tables',
      `${TableName} may be deleted.`,
      `aws dynamodb update-table --table-name ${TableName} --deletion-protection-enabled`,
    );
  }
  return ok('tables', `${TableName} is active${keeps ? ', and refuses deletion' : ''}.`);
}

async function keyCheck(KeyId: string, client: KMSClient): Promise<Finding> {
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  const state = KeyMetadata?.KeyState ?? (KeyMetadata?.Enabled === false ? 'Disabled' : 'Enabled');
  if (state === 'Enabled') return ok('key of the secrets', 'It is enabled.');
  return fail(
    'key of the secrets',
    `It is ${state}: no secret can be opened, so that nothing is delivered.`,
    'docs/runbook.md#the-key-of-the-secrets-is-in-danger',
  );
}
