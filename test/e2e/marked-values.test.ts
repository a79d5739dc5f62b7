import { describe, it } from 'vitest';
import { noMarkedValueIsFound } from './scenarios/marked-values.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1, circuitFailures: 1_000_000, logLevel: 'DEBUG' });

describe('marked header values, secrets, keys and payloads', { timeout: 180_000 }, () => {
  it('are found in no log, error, answer, excerpt or store', () => noMarkedValueIsFound(product()));
});
