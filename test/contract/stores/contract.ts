import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { auditRules } from './audit.ts';
import { deathCountRules } from './death-counts.ts';
import { deliveryRules } from './deliveries.ts';
import { endedDeliveryRules } from './ended-deliveries.ts';
import { endpointRules } from './endpoints.ts';
import { eventTypeRules } from './event-types.ts';
import { eventRules } from './events.ts';
import { healthRules } from './health.ts';
import { hourlyStatsRules } from './hourly-stats.ts';
import { jobRules } from './jobs.ts';
import { keyRules } from './keys.ts';
import { listRules } from './lists.ts';
import { portalSettingsRules } from './portal-settings.ts';
import { rateSlotRules } from './rate-slots.ts';
import { sessionRules } from './sessions.ts';
import { subscriptionRules } from './subscriptions.ts';
import { tenantRules } from './tenants.ts';
import { tickRules } from './ticks.ts';
import { unfinishedEventRules } from './unfinished-events.ts';
import { waitingRoomRules } from './waiting-room.ts';
import type { StoreWorld } from './world.ts';

/** An engine that lives as long as its tests. */
export interface StoreEngine<World> {
  createWorld(): Promise<World>;
  stop(): Promise<void>;
}

/**
 * The contract of the two tables' stores, for every implementation: the memory stores of tests and simulation, and
 * DynamoDB. A comment names the AWS page that a DynamoDB rule comes from.
 *
 * DDBG = https://docs.aws.amazon.com/amazondynamodb/latest/developerguide
 * API = https://docs.aws.amazon.com/amazondynamodb/latest/APIReference
 *
 * @param moreRules rules for this engine only.
 */
export function storeContract<World extends StoreWorld>(
  name: string,
  start: () => Promise<StoreEngine<World>>,
  moreRules: Record<string, (given: () => World) => void> = {},
): void {
  describe(name, () => {
    let engine: StoreEngine<World> | undefined;
    let world: World | undefined;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(async () => {
      await engine?.stop();
    });
    beforeEach(async () => {
      world = await engine?.createWorld();
    });
    const given = () => {
      if (world) return world;
      throw new Error('There is no world outside a test.');
    };
    describe('ticks', () => tickRules(given));
    describe('settings of the portal', () => portalSettingsRules(given));
    describe('tenants', () => tenantRules(given));
    describe('deliveries', () => deliveryRules(given));
    describe('waiting room', () => waitingRoomRules(given));
    describe('ended deliveries', () => endedDeliveryRules(given));
    describe('counts of deaths', () => deathCountRules(given));
    describe('events', () => eventRules(given));
    describe('unfinished events', () => unfinishedEventRules(given));
    describe('lists of the ledger', () => listRules(given));
    describe('endpoints', () => endpointRules(given));
    describe('event types', () => eventTypeRules(given));
    describe('health', () => healthRules(given));
    describe('jobs', () => jobRules(given));
    describe('rate slots', () => rateSlotRules(given));
    describe('statistics', () => hourlyStatsRules(given));
    describe('subscription index', () => subscriptionRules(given));
    describe('keys', () => keyRules(given));
    describe('sessions', () => sessionRules(given));
    describe('audit', () => auditRules(given));
    for (const [title, rules] of Object.entries(moreRules)) describe(title, () => rules(given));
  });
}
