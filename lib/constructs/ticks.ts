import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IScheduleTarget, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';

/**
 * The worker and its tasks. Each task is an invocation of its own with `{"task":"<name>"}`, so that none delays
 * another.
 */
export interface TicksProps {
  readonly worker: IFunction;
  readonly tasks: readonly string[];
  /** The period. Default: a minute. */
  readonly every?: Duration;
}

/** Invokes a function again and again. A failed or late invocation is not retried: the next one finds the same work. */
export class Ticks extends Construct {
  constructor(scope: Construct, id: string, props: TicksProps) {
    super(scope, id);
    const { worker, tasks, every = Duration.minutes(1) } = props;
    worker.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    Validations.of(worker).acknowledge({
      id: 'Serverless-LambdaAsyncFailureDestination',
      reason: 'A lost tick carries nothing: the next one finds the same work in the tables and queues.',
    });
    const role = this.roleToInvoke(worker);
    for (const task of tasks) {
      new Schedule(this, task, {
        description: `Every ${every.toHumanString().replace(/^1 /, '')}: ${task}`,
        schedule: ScheduleExpression.rate(every),
        target: target(worker, role, task),
      });
    }
  }

  /** CDK's own target would also grant every version of the function; this role needs no wildcard. */
  private roleToInvoke(worker: IFunction): Role {
    const { account } = Stack.of(this);
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: 'default',
    });
    // The conditions keep another account's schedules from using this role through the service.
    const conditions = { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': schedules } };
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }) });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [worker.functionArn] }));
    return role;
  }
}

function target(worker: IFunction, role: Role, task: string): IScheduleTarget {
  return {
    bind: () => ({
      arn: worker.functionArn,
      role,
      input: ScheduleTargetInput.fromObject({ task }),
      retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
    }),
  };
}
