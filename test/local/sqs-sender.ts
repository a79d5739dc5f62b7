import { systemClock } from '../../local/aws/clock.ts';
import { SqsEngine } from '../../local/aws/sqs-engine.ts';

/** A process that sends until it is killed and prints the acknowledged ids, one per line. */
const engine = new SqsEngine({
  dataDir: process.argv[2],
  clock: systemClock,
  accountId: '000000000000',
  region: 'us-east-1',
});
const queue = await engine.createQueue('work');
for (let n = 0; ; n += 1) {
  const entries = Array.from({ length: 5 }, (_, entry) => ({ id: `e${entry}`, body: `${n}`, groupId: `g${n % 7}` }));
  const { successful } = await engine.sendBatch(queue, entries);
  process.stdout.write(successful.map(({ messageId }) => `${messageId}\n`).join(''));
}
