import { describe, it } from 'vitest';
import { everyChangeIsAudited } from '../../e2e/scenarios/audit.ts';
import { deployedTarget } from '../target.ts';

/** Two runs of the one-minute schedule, and some time: one run copies an entry, the next removes it from its item. */
const TWO_TICKS_MS = 150_000;

describe('the audit trail', { timeout: TWO_TICKS_MS + 30_000 }, () => {
  it('shows every change, before and after the scheduled copy', () =>
    everyChangeIsAudited(deployedTarget(), { withinMs: TWO_TICKS_MS }));
});
