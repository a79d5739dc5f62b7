import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy } from '../../local/assembly/deployment.ts';
import { type LocalApp, localApp } from '../../local/assembly/local-app.ts';
import type { Template } from '../../local/assembly/read-assembly.ts';
import type { AwsServices } from '../../local/aws/router.ts';
import { awsListener } from '../../local/aws/server.ts';
import { type LocalAws, openAws } from '../../local/aws/services.ts';
import { type LocalServer, listen } from '../../local/http-server.ts';

const resources: Template['Resources'] = {
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      Replicas: [{ Region: 'us-east-1' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  },
  Payloads: { Type: 'AWS::S3::Bucket', Properties: {} },
  Key: { Type: 'AWS::KMS::Key', Properties: {} },
  Jobs: { Type: 'AWS::SQS::Queue', Properties: {} },
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: 'Bus' },
      EventPattern: { source: ['postrider'] },
      Targets: [
        {
          Id: 'Jobs',
          Arn: { 'Fn::GetAtt': ['Jobs', 'Arn'] },
          InputPath: '$.detail',
          SqsParameters: { MessageGroupId: '$.detail.tenant' },
        },
      ],
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
};

let dir: string;
let server: LocalServer;
let app: LocalApp;
let aws: LocalAws;
let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'postrider-aws-'));
  const services = Promise.withResolvers<AwsServices>();
  server = await listen({
    port: 0,
    portVariable: 'NONE',
    listener: awsListener(services.promise),
    onError: (error) => {
      throw error;
    },
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const place = { accountId: '000000000000', region: 'us-east-1', awsEndpoint: endpoint, apiEndpoint: '' };
  const template = { Resources: resources, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} };
  app = localApp(deploy([{ name: 'Local', template, assets: new Map() }], place));
  aws = await openAws(app, { dataDir: dir, place, onProblem: (part, message) => expect.fail(`${part}: ${message}`) });
  services.resolve(aws.services);
  client = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'thing' } };
});
afterAll(async () => {
  await server.close(0);
  await aws.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the AWS SDK against the one local port', () => {
  it('sees the tables and queues of the template', async () => {
    expect((await new DynamoDBClient(client).send(new ListTablesCommand())).TableNames).toEqual(['Local-Table']);
    expect((await new SQSClient(client).send(new ListQueuesCommand())).QueueUrls).toEqual([
      `${client.endpoint}/000000000000/Local-Jobs`,
    ]);
  });

  it('reaches S3 by path without configuration', async () => {
    const s3 = new S3Client(client);
    await s3.send(new PutObjectCommand({ Bucket: 'local-payloads', Key: 'a/b', Body: 'bytes' }));

    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'local-payloads', Key: 'a/b', Range: 'bytes=1-2' }));

    expect(await Body?.transformToString()).toBe('yt');
  });

  it('gets the errors of KMS by their names', async () => {
    const kms = new KMSClient(client);
    const KeyId = app.keys[0]?.arn;
    const made = await kms.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext: { tenant: 'a' } }),
    );

    const opened = new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: { tenant: 'b' } });

    await expect(kms.send(opened)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('finds an event in its queue and group soon after PutEvents has answered', async () => {
    const entry = { Source: 'postrider', DetailType: 'x', Detail: '{"tenant":"acme"}', EventBusName: 'bus' };

    await new EventBridgeClient(client).send(new PutEventsCommand({ Entries: [entry] }));

    const { Messages } = await new SQSClient(client).send(
      new ReceiveMessageCommand({
        QueueUrl: `${client.endpoint}/000000000000/Local-Jobs`,
        WaitTimeSeconds: 5,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    );
    expect(Messages).toMatchObject([{ Body: '{"tenant":"acme"}', Attributes: { MessageGroupId: 'acme' } }]);
  });

  it.each(['127.0.0.1', '127.9.9.9:1', 'localhost:4566', 'local-payloads.localhost', '[::1]:4566'])(
    'is answered under the loopback host name %s',
    async (host) => {
      expect(await statusFor(host)).toBe(404);
    },
  );

  it.each(['attacker.example', 'localhost.attacker.example:4566', '127.0.0.1.nip.io', 'alocalhost', '10.0.0.1', '['])(
    'is refused under another host name, which a web page could have: %s',
    async (host) => {
      expect(await statusFor(host)).toBe(403);
    },
  );

  it('gets the name of a missing operation', async () => {
    const put = { Put: { TableName: 'Local-Table', Item: { pk: { S: 'a' } } } };

    await expect(
      new DynamoDBClient(client).send(new TransactWriteItemsCommand({ TransactItems: [put] })),
    ).rejects.toThrow('The local DynamoDB does not support TransactWriteItems');
  });
});

/** The status of a request for an object that does not exist, without a signature, as a browser could make it. */
async function statusFor(host: string): Promise<number | undefined> {
  const asked = request({
    port: server.port,
    host: '127.0.0.1',
    path: '/local-payloads/none',
    headers: { host },
  }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  return response.statusCode;
}
