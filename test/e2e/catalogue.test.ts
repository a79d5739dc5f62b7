import { describe, it } from 'vitest';
import {
  dataIsChecked,
  discoveryTells,
  hostileSchemasAreBounded,
  versionsFollowEachOther,
} from './scenarios/catalogue.ts';
import { useProduct } from './support/use-product.ts';

const product = useProduct();

describe('the event catalogue', { timeout: 60_000 }, () => {
  it('has data checked before it is accepted', () => dataIsChecked(product().target));
  it('has versions that follow each other', () => versionsFollowEachOther(product().target));
  it('refuses or bounds hostile schemas', () => hostileSchemasAreBounded(product().target));
  it('is published by discovery', () => discoveryTells(product().target));
});
