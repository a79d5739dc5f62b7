import { CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { topicName } from '../constructs/runbook-alarm.ts';
import type { AlarmSettings, Stage } from '../stage.ts';

/**
 * Tells people: by e-mail, and by whatever else subscribes. Only the alarms of this account may publish; the rule and
 * the budget get their permissions where they are declared.
 */
export function createTopic(
  scope: Construct,
  stage: Stage,
  { emails }: AlarmSettings,
  id: 'Alarms' | 'Warnings',
): Topic {
  const topic = new Topic(scope, id, {
    topicName: topicName(stage, id),
    displayName: `Postrider ${stage.name}: ${id.toLowerCase()}`,
    enforceSSL: true,
  });
  const { account, region, partition } = Stack.of(scope);
  allow(topic, 'cloudwatch.amazonaws.com', {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
  });
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  new CfnOutput(scope, `${id}TopicArn`, { value: topic.topicArn });
  return topic;
}

/** Lets a service of AWS publish to a topic. A policy of ours replaces the default one, which lets the whole account. */
export function allow(topic: Topic, service: string, conditions: Record<string, Record<string, string>>): void {
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(service)],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions,
    }),
  );
}
