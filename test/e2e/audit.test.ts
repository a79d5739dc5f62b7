import { describe, it } from 'vitest';
import { everyChangeIsAudited } from './scenarios/audit.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

describe('the audit trail', { timeout: 60_000 }, () => {
  it('shows every change, before and after the scheduled copy', () => everyChangeIsAudited(product().target));
});
