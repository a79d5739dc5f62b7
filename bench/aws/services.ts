import { createHash, randomUUID } from 'node:crypto';
import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import type { SendMessageBatchCommandInput, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { DynamoDbStub } from './dynamodb.ts';
import type { Tally } from './tally.ts';

/** An HTTP response of AWS. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const json = (output: object): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() },
  body: JSON.stringify(output),
});

/** Every data key has these bytes, so that secrets encrypted earlier can be decrypted. */
const DATA_KEY = Buffer.alloc(32, 7).toString('base64');

/** The AWS services that the product calls; they answer immediately and count calls. */
export class AwsStub {
  readonly dynamodb = new DynamoDbStub();
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /**
   * Answers one call of a JSON service.
   * @param target the header `X-Amz-Target`.
   * @throws Error for a call that the product does not make on its main path.
   */
  json(target: string, body: string): Reply {
    const operation = target.slice(target.indexOf('.') + 1);
    switch (target) {
      case 'AWSEvents.PutEvents':
        return this.#putEvents(JSON.parse(body));
      case 'AmazonSQS.SendMessageBatch':
        return this.#sendMessages(JSON.parse(body));
      case 'AmazonSQS.SendMessage':
        return this.#sendMessage(JSON.parse(body));
      case 'TrentService.GenerateDataKey':
      case 'TrentService.Decrypt':
        this.#tally.add(`KMS.${operation}`);
        return json({ Plaintext: DATA_KEY, CiphertextBlob: DATA_KEY, KeyId: 'key' });
    }
    if (!target.startsWith('DynamoDB_20120810.')) throw new Error(`The stub does not know ${target}.`);
    const { output, cost } = this.dynamodb.handle(operation, body);
    this.#tally.add(`DynamoDB.${operation}`, cost);
    return json(output);
  }

  #putEvents({ Entries = [] }: PutEventsCommandInput): Reply {
    this.#tally.add('EventBridge.PutEvents');
    this.#tally.keepSent(
      'bus',
      Entries.map(({ Detail = '' }) => Detail),
    );
    return json({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: randomUUID() })) });
  }

  #sendMessages({ QueueUrl = '', Entries = [] }: SendMessageBatchCommandInput): Reply {
    this.#tally.add('SQS.SendMessageBatch');
    this.#tally.keepSent(
      QueueUrl,
      Entries.map(({ MessageBody = '' }) => MessageBody),
    );
    return json({ Successful: Entries.map(({ Id, MessageBody = '' }) => ({ Id, ...taken(MessageBody) })) });
  }

  #sendMessage({ QueueUrl = '', MessageBody = '' }: SendMessageCommandInput): Reply {
    this.#tally.add('SQS.SendMessage');
    this.#tally.keepSent(QueueUrl, [MessageBody]);
    return json(taken(MessageBody));
  }
}

/** SQS's response for an accepted message. */
const taken = (body: string) => ({
  MessageId: randomUUID(),
  MD5OfMessageBody: createHash('md5').update(body).digest('hex'),
});
