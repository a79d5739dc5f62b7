import { describe, it } from 'vitest';
import { everyAttemptIsCounted } from '../../e2e/scenarios/statistics.ts';
import { deployedTarget } from '../target.ts';

const target = deployedTarget();

describe("an endpoint's statistics", () => {
  it('count every attempt once, through the queue of tallies', () => everyAttemptIsCounted(target));
});
