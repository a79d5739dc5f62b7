import { describe, it } from 'vitest';
import { aHangingEndpointHarmsNobody, aLimitIsKept, anOpenCircuitHolds } from './scenarios/isolation.ts';
import { aWideEventIsDelivered } from './scenarios/wide-events.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

describe.concurrent('a bad endpoint', { timeout: 60_000 }, () => {
  it('gets no attempts after ten failures in a row, and waiting deliveries once it recovers', () =>
    anOpenCircuitHolds(product().target));
  it('that hangs delays nobody else', () => aHangingEndpointHarmsNobody(product().target));
});

describe('an event to very many endpoints', { timeout: 120_000 }, () => {
  it('is delivered to each once, and every delivery can be followed', () => aWideEventIsDelivered(product().target));
});

describe.concurrent('an endpoint with a limit per second', { timeout: 60_000 }, () => {
  it('gets everything, at most at that rate', () => aLimitIsKept(product().target));
});
