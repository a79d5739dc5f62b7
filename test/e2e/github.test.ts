import { describe, it } from 'vitest';
import { theDeadComeBack } from './scenarios/dead-letters.ts';
import { everyExampleArrivesAtTheThirdAttempt, everyExampleArrivesOnce } from './scenarios/github.ts';
import { useProduct } from './support/use-product.ts';

// Receivers that fail hundreds of times in a row would open their circuit; test/e2e/isolation covers that.
const product = useProduct({ circuitFailures: 1_000_000 });
const within = { timeout: 120_000 };

describe('every example payload of every GitHub event', () => {
  it('reaches every endpoint that subscribed to it once, byte for byte, and no other', within, () =>
    everyExampleArrivesOnce(product().target),
  );

  it('arrives at the third attempt if receivers fail twice, with the same id and body', within, () =>
    everyExampleArrivesAtTheThirdAttempt(product().target),
  );

  it('stays in the dead-letter queue while its receiver fails, and arrives once it is moved back', within, () =>
    theDeadComeBack(product().target),
  );
});
