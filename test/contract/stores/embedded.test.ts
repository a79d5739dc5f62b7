import { loopbackClient } from '../../support/dynamodb.ts';
import { startLocalAws } from '../local-aws.ts';
import { consistentReadRules } from './consistent-reads.ts';
import { storeContract } from './contract.ts';
import { createDynamoDbWorld } from './dynamodb-world.ts';
import { limitRules } from './limits.ts';
import { staleIndexRules } from './stale-indexes.ts';

storeContract(
  'the DynamoDB of a local run',
  async () => {
    const { port, stop } = await startLocalAws();
    const client = loopbackClient(port);
    return {
      createWorld: () => createDynamoDbWorld({ client, port }),
      async stop() {
        client.destroy();
        await stop();
      },
    };
  },
  { limits: limitRules, 'consistent reads': consistentReadRules, 'stale indexes': staleIndexRules },
);
