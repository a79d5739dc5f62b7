import { describe, it } from 'vitest';
import {
  aDeliveredEventIsReplayed,
  aTestReachesItsEndpointAlone,
  importedSecretsVerify,
  rotatedSecretsOverlap,
  rotationWithoutOverlapEndsTheOldSecret,
} from './scenarios/endpoint-actions.ts';
import {
  deletedEndpointsGetNothing,
  goneDisablesTheEndpoint,
  pausedDeliveriesWait,
} from './scenarios/endpoint-states.ts';
import { missingEventsAreReplayed, theDeadAreRedrivenInBulk, theDiscardedAreRecovered } from './scenarios/jobs.ts';
import { longBackoffWaits, retryAfterIsHonoured } from './scenarios/retry-timing.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct({ scheduleSeconds: 1 });

// At once: they mostly wait, each in a tenant of its own.
describe.concurrent('an endpoint', { timeout: 60_000 }, () => {
  it('gets what came while it was paused once it is resumed', () => pausedDeliveriesWait(product().target));
  it('is disabled when it answers 410', () => goneDisablesTheEndpoint(product().target));
  it('gets nothing any more when it is deleted', () => deletedEndpointsGetNothing(product().target));
  it('is left alone for the time that the policy says, however long', () => longBackoffWaits(product().target));
  it('is left alone for the time that it asks for', () => retryAfterIsHonoured(product().target));
  it('gets signatures of both secrets while a rotation overlaps', () => rotatedSecretsOverlap(product().target));
  it('gets signatures by the secret that it moved in with', () => importedSecretsVerify(product().target));
  it('gets no signature of a former secret when a rotation does not overlap', () =>
    rotationWithoutOverlapEndsTheOldSecret(product().target));
  it('gets a test that no other endpoint gets', () => aTestReachesItsEndpointAlone(product().target));
  it('gets what is dead again by a redrive in bulk', () => theDeadAreRedrivenInBulk(product().target));
  it('gets what was discarded by a recovery', () => theDiscardedAreRecovered(product().target));
  it('gets the events of a time before it by a replay', () => missingEventsAreReplayed(product().target));
  it('gets a delivered event again when it is replayed', () => aDeliveredEventIsReplayed(product().target));
});
