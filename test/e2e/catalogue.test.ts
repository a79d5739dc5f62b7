import { describe, it } from 'vitest';
import {
  dataIsChecked,
  discoveryTells,
  hostileSchemasAreBounded,
  versionsFollowEachOther,
} from './scenarios/catalogue.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();

describe('event types', { timeout: 60_000 }, () => {
  it('have data validated before it is accepted', () => dataIsChecked(product().target));
  it('have successive versions', () => versionsFollowEachOther(product().target));
  it('refuse or bound hostile schemas', () => hostileSchemasAreBounded(product().target));
  it('are published by discovery', () => discoveryTells(product().target));
});
