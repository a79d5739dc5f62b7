import { describe, it } from 'vitest';
import { retriesSurviveARestart } from './scenarios/restart.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ circuitFailures: 1_000_000 });

describe('a SIGTERM during retries', () => {
  it('leaves each of them for the next start, and repeats none', { timeout: 90_000 }, () =>
    retriesSurviveARestart(product()),
  );
});
