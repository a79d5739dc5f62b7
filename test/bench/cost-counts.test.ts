import { beforeAll, expect, it } from 'vitest';
import { type Counted, countCosts } from '../../bench/cost-counts.ts';
import { openStage } from '../../bench/stage.ts';

let counted: Record<string, Counted>;

beforeAll(async () => {
  const stage = await openStage();
  try {
    counted = await countCosts(stage);
  } finally {
    await stage.close();
  }
});

// `npm run cost` and docs/cost.md are made of this file. If a change is meant, refresh it with -u, and look at both.
it('costs what the bill says: the calls and units of each part', async () => {
  await expect(`${JSON.stringify(counted, null, 2)}\n`).toMatchFileSnapshot('../../cli/cost/counted.json');
});
