import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Place } from '../assembly/identity.ts';
import type { LocalApp } from '../assembly/local-app.ts';
import { systemClock } from './clock.ts';
import { openDynamoDb } from './dynamodb.ts';
import { createEventBus, type Rule } from './event-bus.ts';
import { EventOutbox } from './event-outbox.ts';
import { openKms } from './kms.ts';
import type { AwsServices } from './router.ts';
import { openS3 } from './s3.ts';
import { createSqs, type Sqs } from './sqs.ts';
import { answerSts } from './sts.ts';
import { TurnFile } from './turn-file.ts';

/** The engines of a local run, with every resource of the template in them. */
export interface LocalAws {
  readonly services: AwsServices;
  readonly sqs: Sqs;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly dataDir: string;
  readonly place: Place;
  /** Reports problems that AWS would not report. */
  readonly onProblem: (part: string, message: string) => void;
}

/** Opens the engines in the data folder and creates the template's resources. */
export async function openAws(app: LocalApp, { dataDir, place, onProblem }: OpenOptions): Promise<LocalAws> {
  const { accountId, region } = place;
  const sqs = createSqs({
    dataDir: join(dataDir, 'sqs'),
    clock: systemClock,
    accountId,
    region,
    endpoint: () => place.awsEndpoint,
  });
  const file = new TurnFile(join(dataDir, 'aws.db'));
  const dynamodb = openDynamoDb(file, place);
  const s3 = openS3(file, region);
  const kms = openKms(join(dataDir, 'kms'), place);
  const outbox = new EventOutbox({
    file,
    send: async (queueArn, message) => {
      await sqs.engine.send(queueArn, message);
    },
    wait,
    onProblem: (message) => onProblem('bus', message),
  });
  const events = createEventBus({
    buses: app.buses,
    rules: app.rules.filter(({ properties }) => properties.State === 'ENABLED').map(eventRule),
    take: (handOvers) => outbox.take(handOvers),
    now: systemClock.now,
    place,
  });

  for (const { name, properties } of app.tables) await dynamodb.ensureTable(tableDefinition(name, properties));
  for (const { name } of app.buckets) await s3.ensureBucket(name);
  for (const { name } of app.keys) kms.ensureKey(name);
  await ensureQueues(app, sqs);
  outbox.resume();

  return {
    sqs,
    services: {
      json: new Map([
        ['DynamoDB_20120810', dynamodb],
        ['TrentService', kms],
        ['AWSEvents', events],
      ]),
      sqs: (target, body, signal) => sqs.handle(target, body, signal),
      s3: (request) => s3.handle(request),
      sts: (request) => answerSts(request, accountId),
    },
    async close() {
      await outbox.close();
      await sqs.close();
      await file.close();
    },
  };
}

function tableDefinition(name: string, properties: LocalApp['tables'][number]['properties']) {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = properties;
  return { TableName: name, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes };
}

/** A queue's redrive policy names another queue, so dead-letter queues come first. */
async function ensureQueues(app: LocalApp, { engine }: Sqs): Promise<void> {
  const ordered = [...app.queues].sort(
    (a, b) => Number(a.properties.RedrivePolicy !== undefined) - Number(b.properties.RedrivePolicy !== undefined),
  );
  for (const { name, arn, properties } of ordered) {
    const attributes = queueAttributes(properties);
    // An existing queue keeps its messages and takes the current template's attributes, as in a deployment.
    if (engine.model.hasQueue(arn)) await engine.setAttributes(arn, attributes);
    else await engine.createQueue(name, attributes);
  }
}

function queueAttributes(properties: LocalApp['queues'][number]['properties']): Record<string, string> {
  return {
    VisibilityTimeout: String(properties.VisibilityTimeout),
    MessageRetentionPeriod: String(properties.MessageRetentionPeriod),
    DelaySeconds: String(properties.DelaySeconds),
    ReceiveMessageWaitTimeSeconds: String(properties.ReceiveMessageWaitTimeSeconds),
    MaximumMessageSize: String(properties.MaximumMessageSize),
    ...(properties.RedrivePolicy && { RedrivePolicy: JSON.stringify(properties.RedrivePolicy) }),
  };
}

function eventRule({ arn, properties }: LocalApp['rules'][number]): Rule {
  return {
    arn,
    bus: properties.EventBusName,
    pattern: properties.EventPattern,
    targets: properties.Targets.map((target) => ({
      queueArn: target.Arn,
      inputPath: target.InputPath,
      groupIdPath: target.SqsParameters?.MessageGroupId,
      deadLetterQueueArn: target.DeadLetterConfig?.Arn,
    })),
  };
}
