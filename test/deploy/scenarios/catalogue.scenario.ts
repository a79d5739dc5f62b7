import { describe, it } from 'vitest';
import { dataIsChecked, discoveryTells, versionsFollowEachOther } from '../../e2e/scenarios/catalogue.ts';
import { deployedTarget } from '../target.ts';

describe('the event catalogue', { timeout: 60_000 }, () => {
  it('has data checked before it is accepted', () => dataIsChecked(deployedTarget()));
  it('has versions that follow each other', () => versionsFollowEachOther(deployedTarget()));
  it('is published by discovery', () => discoveryTells(deployedTarget()));
});
