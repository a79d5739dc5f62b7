import { describe } from 'vitest';
import { startDynamoDbLocal, whyNoDynamoDbLocal } from '../../support/dynamodb-local.ts';
import { consistentReadRules } from './consistent-reads.ts';
import { storeContract } from './contract.ts';
import { createDynamoDbWorld } from './dynamodb-world.ts';
import { formerKeyRules } from './former-keys.ts';
import { limitRules } from './limits.ts';
import { spreadRules } from './spread.ts';
import { staleIndexRules } from './stale-indexes.ts';

const why = whyNoDynamoDbLocal();
if (why !== undefined) console.warn(`SKIPPED: the contract of the stores against DynamoDB Local, because ${why}.`);

describe.skipIf(why !== undefined)("AWS's own engine", () => {
  storeContract(
    'DynamoDB Local',
    async () => {
      const engine = await startDynamoDbLocal();
      return { createWorld: () => createDynamoDbWorld(engine), stop: engine.stop };
    },
    {
      limits: limitRules,
      'consistent reads': consistentReadRules,
      'stale indexes': staleIndexRules,
      'spread writes': spreadRules,
      'former keys': formerKeyRules,
    },
  );
});
