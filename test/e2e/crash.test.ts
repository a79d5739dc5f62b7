import { describe, it } from 'vitest';
import { nothingAcknowledgedIsLost } from './scenarios/crash.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();

describe('a SIGKILL during 2,000 publishes', () => {
  // Includes a minute, the delay after which an interrupted fan-out is repeated.
  it('loses no acknowledged event', { timeout: 180_000 }, () => nothingAcknowledgedIsLost(product()));
});
