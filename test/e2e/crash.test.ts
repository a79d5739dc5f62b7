import { describe, it } from 'vitest';
import { nothingAcknowledgedIsLost } from './scenarios/crash.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();

describe('a SIGKILL amid 2,000 publishes', () => {
  // A minute of it is the delay after which a fan-out that was cut off is made good.
  it('loses no event that was acknowledged', { timeout: 180_000 }, () => nothingAcknowledgedIsLost(product()));
});
