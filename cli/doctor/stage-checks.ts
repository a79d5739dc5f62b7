import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import type { Stage } from '../../lib/stage.ts';
import { needsOf } from '../preflight/needs.ts';
import { isTooLow, readQuotas } from '../preflight/quotas.ts';
import type { Deployment } from '../runtime/aws.ts';
import { checked, deployAgain, type Finding, fail, isMissing, ok, setRight, unchecked, warn } from './finding.ts';
import type { DeployedStack, UnreadStack } from './stacks.ts';

const ALARM_NAMES_MAX = 100;

/** What a deployed stage is checked with. */
export interface StageWorld {
  readonly stage: Stage;
  readonly stacks: readonly DeployedStack[];
  /** Stacks that could not be read: what is in them is not checked. */
  readonly unread: readonly UnreadStack[];
  readonly config: Deployment['config'];
}

/** Checks of a deployed stage, each with its own calls: one that is not allowed says so and stops no other. */
export async function stageChecks({ stage, stacks, unread, config }: StageWorld): Promise<readonly Finding[]> {
  const resources = stacks.flatMap((one) => one.resources);
  const ids = (type: string) => resources.filter((one) => one.type === type).map(({ id }) => id);
  const lambda = new LambdaClient(config);
  const scheduler = new SchedulerClient(config);
  const alarms = [...ids('AWS::CloudWatch::Alarm'), ...ids('AWS::CloudWatch::CompositeAlarm')];
  const mappings = ids('AWS::Lambda::EventSourceMapping');
  const schedules = ids('AWS::Scheduler::Schedule');
  // Without the list, there is nothing to ask about, and that is said already.
  const hasAll = unread.length === 0;
  const found = await Promise.all([
    stackChecks(stage, stacks, unread),
    checked('quotas', quotaChecks(stage, config, lambda)),
    ...(hasAll || mappings.length > 0 ? [checked('queue triggers', mappingChecks(mappings, stage, lambda))] : []),
    ...(hasAll || schedules.length > 0 ? [checked('schedules', scheduleChecks(schedules, stage, scheduler))] : []),
    ...(hasAll || alarms.length > 0
      ? [checked('alarms', alarmChecks(alarms, stage, new CloudWatchClient(config)))]
      : []),
    checked('who is told', topicChecks(ids('AWS::SNS::Topic'), stage, new SNSClient(config))),
  ]);
  return found.flat();
}

function stackChecks(stage: Stage, stacks: readonly DeployedStack[], unread: readonly UnreadStack[]): Finding[] {
  const found = [
    ...unread.map(({ fault }) => unchecked('stacks', fault)),
    ...stacks.flatMap((one) => stackCheck(one, stage)),
    ...stacks
      .filter((stack) => isUnprotected(stack, stage))
      .map(({ name }) =>
        warn(
          'stacks',
          `${name} may be deleted: its termination protection is off.`,
          `aws cloudformation update-termination-protection --enable-termination-protection --stack-name ${name}`,
        ),
      ),
  ];
  return found.length > 0 ? found : [ok('stacks', `All ${stacks.length} are complete.`)];
}

function stackCheck({ name, status }: DeployedStack, stage: Stage): Finding[] {
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return [
      warn(
        'stacks',
        `The last deployment of ${name} failed and was taken back.`,
        'See its events in CloudFormation, then deploy again.',
      ),
    ];
  }
  if (status !== undefined && /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return [];
  return [fail('stacks', `${name} is ${status ?? 'missing'}.`, `Deploy again: ${deployAgain(stage.name)}`)];
}

/** Of the stage's stacks, only that of the state is protected. */
const isUnprotected = ({ name, status, isProtected }: DeployedStack, { terminationProtection }: Stage) =>
  terminationProtection && name.endsWith('-State') && status !== undefined && !isProtected;

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

/** What AWS has of it; undefined if it is not there. */
async function ifThere<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (fault) {
    if (isMissing(fault)) return undefined;
    throw fault;
  }
}

/** While somebody changes a mapping, it is neither on nor off. */
const CHANGING = ['Creating', 'Enabling', 'Updating'];

async function mappingChecks(ids: readonly string[], { name }: Stage, client: LambdaClient): Promise<Finding[]> {
  const check = 'queue triggers';
  if (ids.length === 0) return [fail(check, 'There are none: nothing is delivered.', deployAgain(name))];
  const found = await Promise.all(
    ids.map(async (UUID): Promise<Finding[]> => {
      const mapping = await ifThere(client.send(new GetEventSourceMappingCommand({ UUID })));
      const of = mapping?.EventSourceArn ?? UUID;
      if (mapping === undefined)
        return [fail(check, `${UUID} is not there: the messages of its queue wait.`, setRight(name))];
      if (mapping.State === 'Enabled') return [];
      if (mapping.State !== undefined && CHANGING.includes(mapping.State)) {
        return [warn(check, `That of ${of} is ${mapping.State}.`, 'Ask again in a minute.')];
      }
      return [
        fail(
          check,
          `That of ${of} is ${mapping.State}: its messages wait.`,
          `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`,
        ),
      ];
    }),
  );
  const wrong = found.flat();
  return wrong.length > 0 ? wrong : [ok(check, `All ${ids.length} are enabled.`)];
}

async function scheduleChecks(names: readonly string[], { name }: Stage, client: SchedulerClient): Promise<Finding[]> {
  const check = 'schedules';
  if (names.length === 0) return [fail(check, 'There are none: no task runs.', deployAgain(name))];
  const found = await Promise.all(
    names.map(async (Name): Promise<Finding[]> => {
      const schedule = await ifThere(client.send(new GetScheduleCommand({ Name })));
      if (schedule === undefined) return [fail(check, `${Name} is not there: its task does not run.`, setRight(name))];
      if (schedule.State === 'ENABLED') return [];
      return [
        fail(
          check,
          `${schedule.Description ?? Name} is disabled.`,
          `Enable ${Name} in the console of EventBridge Scheduler, or ${setRight(name)}`,
        ),
      ];
    }),
  );
  const wrong = found.flat();
  return wrong.length > 0 ? wrong : [ok(check, `All ${names.length} are enabled.`)];
}

async function alarmChecks(
  names: readonly string[],
  { name: stage }: Stage,
  client: CloudWatchClient,
): Promise<Finding[]> {
  if (names.length === 0)
    return [warn('alarms', `The stage ${stage} has none.`, `POSTRIDER_ALARMS=on ${deployAgain(stage)}`)];
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
  const known = new Set(alarms.map(({ AlarmName }) => AlarmName));
  const gone = names.filter((name) => !known.has(name));
  const raised = alarms.filter(({ StateValue }) => StateValue === 'ALARM');
  const muted = alarms.filter(({ ActionsEnabled }) => ActionsEnabled === false);
  return [
    ...(raised.length === 0 ? [ok('alarms', `None of ${alarms.length} is raised.`)] : []),
    ...raised.map(({ AlarmName = '' }) =>
      fail('alarms', `${AlarmName} is raised.`, 'Its description links to its section in docs/runbook.md.'),
    ),
    ...gone.map((name) => fail('alarms', `${name} is not there: nobody will be told.`, setRight(stage))),
    ...muted.map(({ AlarmName = '' }) =>
      warn(
        'alarms',
        `The actions of ${AlarmName} are off: nobody is told.`,
        `aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName}`,
      ),
    ),
  ];
}

async function topicChecks(
  arns: readonly string[],
  { alarms, name: stage }: Stage,
  client: SNSClient,
): Promise<Finding[]> {
  const check = 'who is told';
  if (arns.length === 0 || alarms === null) return [];
  const found = await Promise.all(
    arns.map(async (arn): Promise<Finding[]> => {
      const name = arn.split(':').at(-1);
      const subscriptions = await subscriptionsOf(arn, client);
      if (subscriptions === undefined) return [fail(check, `The topic ${name} is not there.`, setRight(stage))];
      const pending = subscriptions.filter((one) => one === 'PendingConfirmation');
      if (pending.length === subscriptions.length) {
        return [
          fail(
            check,
            `Nobody is told by the topic ${name}${pending.length > 0 ? ': no subscription is confirmed' : ''}.`,
            pending.length > 0
              ? 'Open the link in the mail that AWS sent.'
              : 'Deploy with POSTRIDER_ALARM_EMAILS, or subscribe to it.',
          ),
        ];
      }
      if (pending.length === 0) return [];
      return [
        warn(
          check,
          `${pending.length} of ${subscriptions.length} subscriptions of the topic ${name} are not confirmed.`,
          'Open the link in the mail that AWS sent.',
        ),
      ];
    }),
  );
  const wrong = found.flat();
  return wrong.length > 0 ? wrong : [ok(check, `All ${arns.length} topics have subscriptions, all confirmed.`)];
}

/** The subscriptions of a topic by their ARNs; undefined if it is not there. */
async function subscriptionsOf(TopicArn: string, client: SNSClient): Promise<string[] | undefined> {
  const found: string[] = [];
  try {
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
      found.push(...Subscriptions.map(({ SubscriptionArn = '' }) => SubscriptionArn));
    }
  } catch (fault) {
    if (isMissing(fault)) return undefined;
    throw fault;
  }
  return found;
}
