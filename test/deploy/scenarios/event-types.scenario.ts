import { describe, it } from 'vitest';
import { dataIsValidated, discoveryListsTypes, versionsAreSuccessive } from '../../e2e/scenarios/event-types.ts';
import { deployedTarget } from '../target.ts';

describe('event types', { timeout: 60_000 }, () => {
  it('have data validated before it is accepted', () => dataIsValidated(deployedTarget()));
  it('have successive versions', () => versionsAreSuccessive(deployedTarget()));
  it('are published by discovery', () => discoveryListsTypes(deployedTarget()));
});
