import { describe, it } from 'vitest';
import {
  aDeliveredEventIsReplayed,
  aTestReachesItsEndpointAlone,
  importedSecretsVerify,
  requestsAreShownAsSent,
  rotatedSecretsOverlap,
  rotationWithoutOverlapEndsTheOldSecret,
} from './scenarios/endpoint-actions.ts';
import {
  deletedEndpointsGetNothing,
  goneDisablesTheEndpoint,
  pausedDeliveriesWait,
} from './scenarios/endpoint-states.ts';
import {
  deadDeliveriesAreRedriven,
  discardedDeliveriesAreRecovered,
  missingEventsAreReplayed,
} from './scenarios/jobs.ts';
import { longBackoffWaits, retryAfterIsHonoured } from './scenarios/retry-timing.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

// Concurrently: they mostly wait, each in its own tenant.
describe.concurrent('an endpoint', { timeout: 60_000 }, () => {
  it('gets the events of its pause once it is resumed', () => pausedDeliveriesWait(product().target));
  it('is disabled when it answers 410', () => goneDisablesTheEndpoint(product().target));
  it('gets nothing more after it is deleted', () => deletedEndpointsGetNothing(product().target));
  it('gets no attempt for as long as its policy says, however long', () => longBackoffWaits(product().target));
  it('gets no attempt for as long as it asks', () => retryAfterIsHonoured(product().target));
  it('gets signatures by both secrets during the overlap of a rotation', () => rotatedSecretsOverlap(product().target));
  it('gets what the API shows as the request of the delivery', () => requestsAreShownAsSent(product().target));
  it('gets signatures by its imported secret', () => importedSecretsVerify(product().target));
  it('gets no signature by a former secret after a rotation without overlap', () =>
    rotationWithoutOverlapEndsTheOldSecret(product().target));
  it('gets a test event that no other endpoint gets', () => aTestReachesItsEndpointAlone(product().target));
  it('gets dead deliveries again by a bulk redrive', () => deadDeliveriesAreRedriven(product().target));
  it('gets discarded deliveries by a recovery', () => discardedDeliveriesAreRecovered(product().target));
  it('gets events from before its creation by a replay', () => missingEventsAreReplayed(product().target));
  it('gets a delivered event again by a replay', () => aDeliveredEventIsReplayed(product().target));
});
