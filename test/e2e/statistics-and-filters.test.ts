import { describe, it } from 'vitest';
import { failingFiltersAreReported, whatAFilterCannotDecideIsSeen } from './scenarios/filters.ts';
import { everyAttemptIsCounted } from './scenarios/statistics.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

describe("an endpoint's statistics", { timeout: 60_000 }, () => {
  it('count every attempt once', () => everyAttemptIsCounted(product().target));
});

describe.concurrent('a filter', { timeout: 60_000 }, () => {
  it('leaves an event beyond its limit as a dead delivery, which can be sent', () =>
    whatAFilterCannotDecideIsSeen(product().target));
  it('that fails is counted and reported', () => failingFiltersAreReported(product().target));
});
