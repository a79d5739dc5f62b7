import { startEmbeddedDynamoDb } from '../../support/dynamodb.ts';
import { storeContract } from './contract.ts';
import { createDynamoDbWorld } from './dynamodb-world.ts';
import { limitRules } from './limits.ts';
import { staleIndexRules } from './stale-indexes.ts';

storeContract(
  'the DynamoDB of a local run',
  async () => {
    const engine = await startEmbeddedDynamoDb();
    return { createWorld: () => createDynamoDbWorld(engine), stop: engine.stop };
  },
  { limits: limitRules, 'stale indexes': staleIndexRules },
);
