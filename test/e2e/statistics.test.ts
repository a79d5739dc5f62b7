import { describe, it } from 'vitest';
import { everyAttemptIsCounted } from './scenarios/statistics.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

describe("an endpoint's statistics", { timeout: 60_000 }, () => {
  it('count every attempt once', () => everyAttemptIsCounted(product().target));
});
