import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient({});
const doc = 'x'.repeat(500);
let count = 0;

/** The reference: one PutItem of about half a kilobyte with the unmodified SDK, and nothing else. */
export async function handler(): Promise<{ statusCode: number }> {
  const Item = { pk: { S: `EVENT#${count++}` }, sk: { S: 'EVENT' }, doc: { S: doc } };
  await client.send(new PutItemCommand({ TableName: 'bare', Item }));
  return { statusCode: 202 };
}
