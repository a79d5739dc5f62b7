import { consistentReadRules } from './consistent-reads.ts';
import { storeContract } from './contract.ts';
import { startEmbedded } from './dynamodb-world.ts';
import { formerKeyRules } from './former-keys.ts';
import { limitRules } from './limits.ts';
import { spreadRules } from './spread.ts';
import { staleIndexRules } from './stale-indexes.ts';
import { unreadableRules } from './unreadable.ts';

storeContract('the DynamoDB of a local run', startEmbedded, {
  limits: limitRules,
  'consistent reads': consistentReadRules,
  'stale indexes': staleIndexRules,
  'spread writes': spreadRules,
  'former keys': formerKeyRules,
  'unreadable items': unreadableRules,
});
