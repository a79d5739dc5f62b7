// Functions of `npm run confirm` that are invoked directly, or by the HTTP API. At most 4,096 characters.
const { randomUUID } = require('node:crypto');
const { setTimeout: wait } = require('node:timers/promises');

const environment = randomUUID();
const { CLOCK_FUNCTION, TABLE } = process.env;

/** Answers with what the gateway passed on. */
exports.echo = async ({ body, isBase64Encoded, headers, requestContext }) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    body,
    isBase64Encoded,
    contentLength: headers['content-length'],
    userArn: requestContext.authorizer?.iam?.userArn,
  }),
});

/** This environment's clock at the beginning and end of an invocation. */
exports.clock = async ({ holdMs }) => {
  const began = Date.now();
  await wait(holdMs);
  return { environment, began, ended: Date.now() };
};

/** Asks several environments for their clocks, from within the region: the way there and back takes a few ms. */
exports.compare = async ({ atOnce, rounds }) => {
  const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');
  const lambda = new LambdaClient({ maxAttempts: 1 });
  const samples = [];
  const ask = async (holdMs) => {
    const sent = Date.now();
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: CLOCK_FUNCTION, Payload: JSON.stringify({ holdMs }) }),
    );
    const received = Date.now();
    samples.push({ sent, received, ...JSON.parse(Buffer.from(answer.Payload).toString()) });
  };
  // The first round holds every environment, so that Lambda starts one for each call.
  for (let round = 0; round <= rounds; round += 1) {
    const holdMs = round === 0 ? 1_000 : 30;
    await Promise.allSettled(Array.from({ length: atOnce }, () => ask(holdMs)));
  }
  return samples.filter(({ environment }) => environment !== undefined);
};

/** Writes to one partition as fast as it can. Units a second: what it asked for, and what was accepted. */
exports.write = async ({ seconds, atOnce }) => {
  const { BatchWriteItemCommand, DynamoDBClient } = require('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const units = 4;
  const text = 'x'.repeat(units * 1024 - 100);
  const began = Date.now();
  const perSecond = Array.from({ length: seconds }, () => ({ asked: 0, accepted: 0 }));
  const item = () => ({
    PutRequest: { Item: { pk: { S: 'one' }, sk: { S: randomUUID() }, text: { S: text } } },
  });
  const writer = async () => {
    for (;;) {
      const second = perSecond[Math.floor((Date.now() - began) / 1_000)];
      if (second === undefined) return;
      second.asked += 25 * units;
      try {
        const RequestItems = { [TABLE]: Array.from({ length: 25 }, item) };
        const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems }));
        second.accepted += (25 - (UnprocessedItems[TABLE] ?? []).length) * units;
      } catch (fault) {
        if (!/Throughput|Throttl|RequestLimit/.test(fault.name)) throw fault;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
  return perSecond;
};
