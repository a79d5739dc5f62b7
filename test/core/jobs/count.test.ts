import { beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../core/audit/audit.ts';
import { countMatches } from '../../../core/jobs/count.ts';
import { scopeOf, type WantedJob } from '../../../core/jobs/manage.ts';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { JobWorld } from '../../support/job-world.ts';

let world: JobWorld;
beforeEach(() => {
  world = new JobWorld();
});

const wanted = (changes: Partial<WantedJob> = {}): WantedJob => ({
  ...{
    actor: SYSTEM,
    kind: 'recover',
    tenant: 'acme',
    endpointId: 'ep_1',
    eventType: null,
    from: START - DAY,
    to: null,
  },
  ...changes,
});
const counted = (changes: Partial<WantedJob> = {}, hasTime = () => true) =>
  countMatches(scopeOf(wanted(changes), { from: 'from', to: 'to' }, world.now), world.ports, hasTime);
const stored = () => JSON.stringify([...world.deliveries.ledger.records]);

describe('a dry run', () => {
  it.each([
    ['recover', { kind: 'recover' as const }],
    ['redrive', { kind: 'redrive' as const }],
    ['replay_missing', { kind: 'replay_missing' as const }],
  ])('of %s counts exactly what the job then sends, and changes nothing', async (_, kind) => {
    for (let at = 0; at < 230; at++) world.ended(`evt_dead${at}`);
    world.ended('evt_discarded', { status: 'discarded', deadLetter: null });
    world.ended('evt_other', { eventType: 'invoice.paid', tenant: 'globex' });
    for (let at = 0; at < 120; at++) world.event(`evt_missing${at}`);
    const before = stored();
    const count = await counted(kind);
    expect([stored(), world.sent, world.jobs.jobs.size, world.audit.entries.size]).toEqual([before, [], 0, 0]);
    const job = await world.start(kind);
    await world.run(2 * 60_000);
    const done = world.job(job);
    expect(count).toEqual({ matched: done?.sent, skipped: done?.skipped, complete: true });
    expect(count.matched).toBeGreaterThan(100);
    expect(done).toMatchObject({ status: 'completed', expected: count.matched + count.skipped });
  });

  it('counts what passes the filter of an endpoint, and its job expects as many', async () => {
    world.deliveries.endpoints.set('ep_1', anEndpoint({ filter: 'data.n == `1`' }));
    for (let at = 0; at < 30; at++) {
      const { payload } = world.event(`evt_${at}`);
      world.payloads.set(payload.key, JSON.stringify({ data: { n: at % 3 } }));
    }
    const kind = { kind: 'replay_missing' as const };
    expect(await counted(kind)).toEqual({ matched: 10, skipped: 0, complete: true });
    const job = await world.start(kind);
    await world.run(2 * 60_000);
    expect(world.job(job)).toMatchObject({ status: 'completed', expected: 10, sent: 10 });
  });

  it('says that it did not look at all, if there is no time', async () => {
    for (let at = 0; at < 230; at++) world.ended(`evt_${at}`);
    let pages = 2;
    expect(await counted({}, () => pages-- > 0)).toEqual({ matched: 200, skipped: 0, complete: false });
  });

  it('counts what would be skipped', async () => {
    world.deliveries.endpoints.set('ep_1', anEndpoint({ state: 'disabled' }));
    world.ended('evt_1');
    expect(await counted()).toEqual({ matched: 0, skipped: 1, complete: true });
  });
});
