import { describe, it } from 'vitest';
import {
  dataIsValidated,
  discoveryListsTypes,
  hostileSchemasAreBounded,
  versionsAreSuccessive,
} from './scenarios/event-types.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();

describe('event types', { timeout: 60_000 }, () => {
  it('have data validated before it is accepted', () => dataIsValidated(product().target));
  it('have successive versions', () => versionsAreSuccessive(product().target));
  it('refuse or bound hostile schemas', () => hostileSchemasAreBounded(product().target));
  it('are published by discovery', () => discoveryListsTypes(product().target));
});
