import { describe, expect, it } from 'vitest';
import { text } from '../../../adapters/dynamodb/client.ts';
import { healthItem, readHealthItem } from '../../../adapters/dynamodb/health-item.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';

// What earlier versions stored is read, and what this one stores is read by them: names in the code may change alone.
describe("an endpoint's health", () => {
  const notice = { type: 'circuit_closed', at: 1 } as const;
  const health = { ...freshHealth('ep_1'), outbox: [notice], revision: 3 };

  it('keeps its stored names', () => {
    expect(JSON.parse(text(healthItem(health), 'doc'))).toEqual({
      consecutiveFailures: 0,
      failingSince: null,
      lastFailureAt: null,
      circuit: null,
      lane: 'slow',
      slowSince: null,
      holding: null,
      news: [notice],
      stamp: '',
    });
  });

  it('is read as it was written', () => {
    expect(readHealthItem(healthItem(health))).toEqual(health);
  });
});
