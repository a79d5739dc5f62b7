import { describe, it } from 'vitest';
import { dataIsChecked, discoveryTells, versionsFollowEachOther } from '../../e2e/scenarios/catalogue.ts';
import { deployedTarget } from '../target.ts';

describe('event types', { timeout: 60_000 }, () => {
  it('have data validated before it is accepted', () => dataIsChecked(deployedTarget()));
  it('have successive versions', () => versionsFollowEachOther(deployedTarget()));
  it('are published by discovery', () => discoveryTells(deployedTarget()));
});
