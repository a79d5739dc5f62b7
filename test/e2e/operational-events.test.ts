import { describe, it } from 'vitest';
import { troubleIsTold } from './scenarios/operational-events.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

describe('operational events', () => {
  it(
    'tell those who ask for them by name of an open circuit and of dead deliveries, and nobody else',
    {
      timeout: 200_000,
    },
    () => troubleIsTold(product().target),
  );
});
