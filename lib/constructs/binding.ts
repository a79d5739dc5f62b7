import { type Acknowledgment, Stack, Validations } from 'aws-cdk-lib';
import type { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

/**
 * An environment variable of a function together with its permissions on the resource that it names. Both are set
 * together, so a function can neither know a resource without permissions nor have permissions on an unknown one.
 */
export interface Binding {
  readonly value: string;
  readonly grants: readonly Grant[];
}

interface Grant {
  readonly actions: readonly string[];
  readonly resource: string;
  /** Why a wildcard is acceptable here, for the rules that look for one. */
  readonly wildcard?: Acknowledgment;
}

type TableAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';
type ObjectAction = 'GetObject' | 'PutObject';
type QueueAction =
  | 'SendMessage'
  | 'ReceiveMessage'
  | 'DeleteMessage'
  | 'ChangeMessageVisibility'
  | 'GetQueueAttributes';
type KeyAction = 'Decrypt' | 'GenerateDataKey';

/**
 * A table and the actions allowed on its items; `indexes` may be queried, each granted by name rather than by a
 * wildcard.
 */
export function table(of: TableV2, actions: readonly TableAction[], indexes: readonly string[] = []): Binding {
  return {
    value: of.tableName,
    grants: [
      { actions: actions.map((action) => `dynamodb:${action}`), resource: of.tableArn },
      ...indexes.map((index) => ({ actions: ['dynamodb:Query'], resource: `${of.tableArn}/index/${index}` })),
    ],
  };
}

/**
 * A bucket and the actions allowed on its objects.
 * @param knowsMissing whether the function must distinguish a missing object from one that it may not read: S3 does so
 * only for callers that may list the bucket.
 */
export function objects(of: Bucket, actions: readonly ObjectAction[], { knowsMissing = false } = {}): Binding {
  const grant = {
    actions: actions.map((action) => `s3:${action}`),
    resource: of.arnForObjects('*'),
    wildcard: {
      id: wildcardFinding(of),
      reason: 'Keys are made of tenant, event and content: no list of them exists when the stack is deployed.',
    },
  };
  const listing = { actions: ['s3:ListBucket'], resource: of.bucketArn };
  return { value: of.bucketName, grants: knowsMissing ? [grant, listing] : [grant] };
}

/** A queue and the actions of the function itself. `WorkQueue` grants what its event source mapping needs. */
export function queue(of: Queue, actions: readonly QueueAction[]): Binding {
  return { value: of.queueUrl, grants: [{ actions: actions.map((action) => `sqs:${action}`), resource: of.queueArn }] };
}

/** The bus, to put events on. */
export function bus(of: EventBus): Binding {
  return { value: of.eventBusName, grants: [{ actions: ['events:PutEvents'], resource: of.eventBusArn }] };
}

/** The key of the secrets. */
export function key(of: Key, actions: readonly KeyAction[]): Binding {
  return { value: of.keyArn, grants: [{ actions: actions.map((action) => `kms:${action}`), resource: of.keyArn }] };
}

/** The URL of a route with IAM authorization, by the API's own address. */
export function route(of: HttpApi, method: `${HttpMethod}`, path: string): Binding {
  const resource = of.arnForExecuteApi(method, path, '$default');
  return { value: of.apiEndpoint + path, grants: [{ actions: ['execute-api:Invoke'], resource }] };
}

/** Grants a role the permissions of its function's bindings. */
export function grantTo(role: Role, bindings: Iterable<Binding>): void {
  for (const { grants } of bindings) {
    for (const { actions, resource, wildcard } of grants) {
      role.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
      if (wildcard) Validations.of(role).acknowledge(wildcard);
    }
  }
}

/** cdk-nag's name of the finding: the ARN belongs to another stack, so in the template it is the name of an export. */
function wildcardFinding(bucket: Bucket): string {
  const stack = Stack.of(bucket);
  const imported: { readonly 'Fn::ImportValue': string } = stack.resolve(stack.exportValue(bucket.bucketArn));
  return `AwsSolutions-IAM5[Resource::${imported['Fn::ImportValue']}/*]`;
}
