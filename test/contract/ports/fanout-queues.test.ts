import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeliveryBacklog, createFanoutQueue, createPageQueue } from '../../../adapters/sqs/queues.ts';
import { createDeadLetterSource } from '../../../adapters/sqs/upstream-dead-letters.ts';
import { type FanoutMessage, fanoutMessage } from '../../../core/fanout/message.ts';
import { START } from '../../support/delivery-world.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';

let aws: LocalAws;
let client: SQSClient;
beforeAll(async () => {
  aws = await startLocalAws();
  client = new SQSClient(aws.clientOptions);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

let queues = 0;
const queueModel = () => aws.sqs.engine.model;
const newQueue = () => queueModel().createQueue(`queue-${++queues}`);
const wait = async () => undefined;

const payload = { key: 'k', offset: 0, length: 2, inline: '{}' };
const event = { id: 'evt_1', type: 'a', acceptedAt: START, expiresAt: START, traceId: '1', payload };
const aMessage = (tenant: string): FanoutMessage => ({ v: 1, tenant, events: [event] });

describe('the fan-out queue of a local run', () => {
  test('takes any number of messages, as the fan-out reads them', async () => {
    const arn = newQueue();
    const queue = createFanoutQueue({
      client,
      queueUrls: { fanout: aws.sqs.url(arn), bulk: aws.sqs.url(newQueue()) },
      wait,
    });
    await queue.send(Array.from({ length: 23 }, (_, at) => ({ message: aMessage(`t${at}`), delaySeconds: 0 })));
    const tenants: string[] = [];
    for (
      let some = queueModel().receive(arn, { max: 10 });
      some.length > 0;
      some = queueModel().receive(arn, { max: 10 })
    ) {
      tenants.push(...some.map(({ body }) => fanoutMessage.parse(JSON.parse(body)).tenant));
    }
    expect(tenants.sort()).toEqual(Array.from({ length: 23 }, (_, at) => `t${at}`).sort());
  });

  test('takes what continues a wide event in the bulk lane, so that it holds up no other event', async () => {
    const arns = { fanout: newQueue(), bulk: newQueue() };
    const queueUrls = { fanout: aws.sqs.url(arns.fanout), bulk: aws.sqs.url(arns.bulk) };
    const page: FanoutMessage = { ...aMessage('wide'), cursor: { page: 1, pattern: 0, after: null, noted: 0 } };
    await createFanoutQueue({ client, queueUrls, wait }).send([
      { message: page, delaySeconds: 0 },
      { message: aMessage('acme'), delaySeconds: 0 },
    ]);
    for (const message of [page, aMessage('acme')]) await createPageQueue({ client, queueUrls, wait }).send(message);
    const tenantsIn = (arn: string) =>
      queueModel()
        .receive(arn, { max: 10 })
        .map(({ groupId }) => groupId);
    expect([tenantsIn(arns.fanout), tenantsIn(arns.bulk)]).toEqual([
      ['acme', 'acme'],
      ['wide', 'wide'],
    ]);
  });

  // API_GetQueueAttributes: visible, delayed and in flight are counted separately
  test('counts what waits in both lanes, delayed messages too, and not what is in flight', async () => {
    const arns = [newQueue(), newQueue()] as const;
    const queueUrls = { fanout: aws.sqs.url(arns[0]), bulk: aws.sqs.url(arns[1]) };
    const queue = createFanoutQueue({ client, queueUrls, wait });
    expect(await queue.waiting()).toBe(0);
    await queue.send([0, 0, 0, 900].map((delaySeconds) => ({ message: aMessage('acme'), delaySeconds })));
    queueModel().send(arns[1], { body: 'page' });
    expect(await queue.waiting()).toBe(5);
    for (const arn of arns) queueModel().receive(arn, { max: 1 });
    expect(await queue.waiting()).toBe(3);
  });
});

describe('the delivery queues of a local run', () => {
  test('count together what can be received, without what is delayed or in flight', async () => {
    const arns = [newQueue(), newQueue()];
    const backlog = createDeliveryBacklog({ client, queueUrls: arns.map((arn) => aws.sqs.url(arn)) });
    expect(await backlog.waiting()).toBe(0);
    for (const arn of arns) {
      for (const delaySeconds of [0, 0, 900]) queueModel().send(arn, { body: 'delivery', delaySeconds });
      queueModel().receive(arn, { max: 1 });
    }
    expect(await backlog.waiting()).toBe(2);
  });
});

describe('a dead-letter queue before the fan-out, of a local run', () => {
  test('is received ten at a time, each letter once a minute, until it is empty', async () => {
    const arn = newQueue();
    const source = createDeadLetterSource({ client, name: 'fanout', queueUrl: aws.sqs.url(arn) });
    for (let at = 0; at < 12; at++) queueModel().send(arn, { body: `letter ${at}` });
    const bodies: string[] = [];
    for (let some = await source.receive(); some.length > 0; some = await source.receive()) {
      expect(some.length).toBeLessThanOrEqual(10);
      bodies.push(...some.map(({ body }) => body));
      await source.remove(some);
    }
    expect(bodies.sort()).toEqual(Array.from({ length: 12 }, (_, at) => `letter ${at}`).sort());
    expect(queueModel().counts(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('keeps what is not removed', async () => {
    const arn = newQueue();
    const source = createDeadLetterSource({ client, name: 'fanout', queueUrl: aws.sqs.url(arn) });
    queueModel().send(arn, { body: 'letter' });
    await source.receive();
    expect(queueModel().counts(arn)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });
});
