import { describe, it } from 'vitest';
import { everyChangeIsAudited } from '../../e2e/scenarios/audit.ts';
import { deployedTarget } from '../target.ts';

/** The schedule's minute, twice, and time to settle: one tick copies an entry, the next takes it from its item. */
const TWO_TICKS_MS = 150_000;

describe('the audit trail', { timeout: TWO_TICKS_MS + 30_000 }, () => {
  it('shows every change, before the minute tick and after', () =>
    everyChangeIsAudited(deployedTarget(), { withinMs: TWO_TICKS_MS }));
});
