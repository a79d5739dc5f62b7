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
  it('holds the data as the text that came in', () => dataLeavesAsItCame(product().target));
  it('holds the other fields as given, and none that was not', () => fieldsLeaveAsGiven(product().target));
  it('may hold an event of 1 MiB', () => theLargestEventArrives(product().target));
});

describe('an idempotency key', within, () => {
  it('makes one event and one delivery per endpoint of 50 requests at once', () =>
    repeatsMakeOneEvent(product().target));
  it('is refused with another body, and what it stood for stays', () => anotherBodyConflicts(product().target));
  it('comes by header or body, and belongs to its tenant', () => keysComeByHeaderOrBody(product().target));
  it('stands in each event of a list', () => listsTakeAKeyPerEvent(product().target));
});

describe('a caller inside AWS', within, () => {
  it('publishes by signing with its role', () => signedRequestsPublish(product().target));
  it('is refused without a signature', () => othersAreForbidden(product().target));
  it('is refused with a key in its place', () => keysAreNoSignatures(product().target));
});

describe('bad input', within, () => {
  it('is answered with a problem document that names the field, and no event is stored', () =>
    badEventsAreRefused(product().target));
  it('makes no endpoint', () => badEndpointsAreRefused(product().target));
  it('is not what leads to this machine, in a local run', () => loopbackIsAllowedHere(product().target));
  it('without a valid key is answered 401, beyond its role or tenant 403 or 404', () =>
    keysAreChecked(product().target));
  it('of path, method or query is answered with a problem document', () => unknownPathsAreProblems(product().target));
});
