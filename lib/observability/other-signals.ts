import { Stack, Validations } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import { linkOf, nameOf } from './sections.ts';
import { allow } from './topics.ts';

/**
 * Pages when somebody disables the key of the secrets or schedules its deletion, which can be undone for 7 to 30 days.
 * The calls come by CloudTrail: EventBridge gets them only in an account with a trail for management events.
 */
export function watchKey(scope: Construct, stage: Stage, key: Key, topic: Topic): void {
  const name = nameOf(stage, 'KeyInDanger');
  const text = `${name}: the key of the secrets is disabled, or its deletion is scheduled. Once it is gone, no signing secret can be opened again. ${linkOf(stage, 'KeyInDanger')}`;
  const rule = new Rule(scope, 'KeyInDanger', {
    ruleName: name,
    description: `The key of the secrets is disabled, or its deletion scheduled. ${linkOf(stage, 'KeyInDanger')}`,
    eventPattern: {
      source: ['aws.kms'],
      detailType: ['AWS API Call via CloudTrail'],
      detail: {
        eventSource: ['kms.amazonaws.com'],
        eventName: ['ScheduleKeyDeletion', 'DisableKey'],
        // As the caller wrote it: these two calls take an id or an ARN, and no alias.
        requestParameters: { keyId: [key.keyId, key.keyArn] },
      },
    },
  });
  // CDK's own target would let every rule of EventBridge publish.
  rule.addTarget({ bind: () => ({ arn: topic.topicArn, input: RuleTargetInput.fromText(text) }) });
  allow(topic, 'events.amazonaws.com', { ArnEquals: { 'aws:SourceArn': rule.ruleArn } });
  Validations.of(rule).acknowledge({
    id: 'Serverless-EventBusDLQ',
    reason: 'EventBridge tries for a day; a message that somebody should read at once is of no use in a queue.',
  });
}

/**
 * A monthly budget for everything that carries the stage's tag. The tag must be activated once as a cost allocation tag;
 * until then the budget sees no cost. A forecast needs weeks of history, so what was spent counts too.
 */
export function createBudget(scope: Construct, stage: Stage, dollars: number, topic: Topic): void {
  const { account, partition } = Stack.of(scope);
  allow(topic, 'budgets.amazonaws.com', {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:${partition}:budgets::${account}:*` },
  });
  const told = (notificationType: 'FORECASTED' | 'ACTUAL') => ({
    notification: {
      notificationType,
      comparisonOperator: 'GREATER_THAN',
      threshold: 100,
      thresholdType: 'PERCENTAGE',
    },
    subscribers: [{ subscriptionType: 'SNS', address: topic.topicArn }],
  });
  const budget = new CfnBudget(scope, 'BudgetAhead', {
    budget: {
      budgetName: nameOf(stage, 'BudgetAhead'),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      budgetLimit: { amount: dollars, unit: 'USD' },
      costFilters: { TagKeyValue: [`user:postrider:stage$${stage.name}`] },
    },
    notificationsWithSubscribers: [told('FORECASTED'), told('ACTUAL')],
  });
  // AWS Budgets asks the topic whether it may publish.
  budget.node.addDependency(topic);
}
