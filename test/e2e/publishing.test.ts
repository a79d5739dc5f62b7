import { describe, it } from 'vitest';
import { badEventsAreRefused } from './scenarios/bad-events.ts';
import {
  badEndpointsAreRefused,
  keysAreChecked,
  loopbackIsAllowedHere,
  unknownPathsAreProblems,
} from './scenarios/bad-management.ts';
import { dataLeavesAsItCame, fieldsLeaveAsGiven, theLargestEventArrives } from './scenarios/bytes.ts';
import {
  anotherBodyConflicts,
  keysComeByHeaderOrBody,
  listsTakeAKeyPerEvent,
  repeatsMakeOneEvent,
} from './scenarios/idempotency.ts';
import { keysAreNoSignatures, othersAreForbidden, signedRequestsPublish } from './scenarios/publishing-as-role.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();
const within = { timeout: 60_000 };

describe('a webhook body', within, () => {
  it('contains the data exactly as sent', () => dataLeavesAsItCame(product().target));
  it('contains the other fields as given, and no others', () => fieldsLeaveAsGiven(product().target));
  it('may hold an event of 1 MiB', () => theLargestEventArrives(product().target));
});

describe('an idempotency key', within, () => {
  it('turns 50 concurrent requests into one event and one delivery per endpoint', () =>
    repeatsMakeOneEvent(product().target));
  it('is refused with a different body, and the first event stays', () => anotherBodyConflicts(product().target));
  it('may be in the header or the body, and belongs to its tenant', () => keysComeByHeaderOrBody(product().target));
  it('may be in each event of a list', () => listsTakeAKeyPerEvent(product().target));
});

describe('a caller inside AWS', within, () => {
  it('publishes by signing with its role', () => signedRequestsPublish(product().target));
  it('is refused without a signature', () => othersAreForbidden(product().target));
  it('is refused with an API key instead', () => keysAreNoSignatures(product().target));
});

describe('bad input', within, () => {
  it('gets a problem document that names the field, and no event is stored', () =>
    badEventsAreRefused(product().target));
  it('creates no endpoint', () => badEndpointsAreRefused(product().target));
  it('does not include loopback URLs, in a local run', () => loopbackIsAllowedHere(product().target));
  it('without a valid key gets 401, beyond its role or tenant 403 or 404', () => keysAreChecked(product().target));
  it('in path, method or query gets a problem document', () => unknownPathsAreProblems(product().target));
});
