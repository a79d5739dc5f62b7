import { beforeEach, describe, expect, it } from 'vitest';
import { payloadGone } from '../../../core/events/event.ts';
import { anEndpoint, DAY, START } from '../../support/delivery-world.ts';
import { JobWorld, Outage } from '../../support/job-world.ts';

const MINUTE = 60_000;
/** A filter that doubles its input repeatedly. */
const BOMB = `length(${Array.from({ length: 160 }, () => '[@,@][]').join('.')}) > \`1\``;
let world: JobWorld;
beforeEach(() => {
  world = new JobWorld();
});

async function replayed(wanted: { from?: number; to?: number } = {}) {
  const job = await world.start({ kind: 'replay_missing', ...wanted });
  await world.run(2 * MINUTE);
  return world.job(job);
}

describe('a replay of missing events', () => {
  it('sends events that match now but were fanned out without the endpoint', async () => {
    world.event('evt_missing');
    world.event('evt_others', {}, ['ep_2']);
    world.event('evt_type', { type: 'invoice.paid' });
    world.event('evt_tenant', { tenant: 'other' });
    expect(await replayed()).toMatchObject({ status: 'completed', found: 2, sent: 2, skipped: 0 });
    expect(world.posted()).toEqual({ evt_missing: 1, evt_others: 1 });
    expect(world.deliveries.record('evt_missing')).toMatchObject({
      status: 'delivered',
      next: { cycle: 1 },
      forced: false,
    });
  });

  it('sends nothing that has a delivery, however it ended, or is in progress', async () => {
    world.event('evt_delivered');
    world.ended('evt_delivered', { status: 'delivered', deadLetter: null });
    world.event('evt_dead');
    world.ended('evt_dead');
    world.event('evt_pending', {}, ['ep_2', 'ep_1']);
    world.event('evt_unfanned', { fanout: {} });
    world.event('evt_half', { fanout: { 0: { matched: 200, endpointIds: [], last: false } } });
    expect(await replayed()).toMatchObject({ status: 'completed', found: 0 });
    expect(world.posted()).toEqual({});
  });

  it('looks for the delivery of a wide event where it is recorded, and records a new one there', async () => {
    world.event('evt_delivered', { wide: true });
    world.ended('evt_delivered', { status: 'delivered', deadLetter: null, wide: true });
    world.event('evt_missing', { wide: true });
    expect(await replayed()).toMatchObject({ status: 'completed', found: 1, sent: 1 });
    expect(world.posted()).toEqual({ evt_missing: 1 });
    expect(world.deliveries.record('evt_missing')).toMatchObject({ status: 'delivered', wide: true });
  });

  it('only fills a gap: of two copies one makes the POST', async () => {
    world.event('evt_1', { fanout: { 0: { matched: 1, endpointIds: [], last: true } } });
    const jobs = [await world.start({ kind: 'replay_missing' }), await world.start({ kind: 'replay_missing' })];
    await world.run(2 * MINUTE);
    expect(world.posted()).toEqual({ evt_1: 1 });
    expect(jobs.map((job) => world.job(job)?.status)).toEqual(['completed', 'completed']);
    const asRepeat = { message: { cycle: 1, step: 1, attempt: 1, repeat: true, byJob: true }, delaySeconds: 60 };
    expect(world.sent).toMatchObject([asRepeat, asRepeat]);
  });

  it('waits a minute if an unseen copy may be in progress, so that the copy is first', async () => {
    const noted = Array.from({ length: 100 }, (_, at) => `ep_other_${at}`);
    world.event('evt_large', { fanout: { 0: { matched: 101, endpointIds: noted, last: true } } });
    world.event('evt_whole', { fanout: { 0: { matched: 100, endpointIds: noted, last: true } } });
    await world.start({ kind: 'replay_missing' });
    await world.run(55_000);
    expect(world.posted()).toEqual({ evt_whole: 1 });
    await world.run(10_000);
    expect(world.posted()).toEqual({ evt_whole: 1, evt_large: 1 });
  });

  it('creates a dead delivery if the filter exceeds its limit, as the fan-out does', async () => {
    const died: string[] = [];
    world.ports.died = ({ eventId }) => died.push(eventId);
    world.deliveries.change('ep_1', { filter: BOMB });
    world.event('evt_1');
    expect(await replayed()).toMatchObject({ status: 'completed', found: 1, sent: 0, skipped: 1 });
    expect(died).toEqual(['evt_1']);
    expect(world.posted()).toEqual({});
    expect(world.deliveries.record('evt_1')).toMatchObject({ status: 'dead', deathReason: 'filter', deadLetter: null });
  });

  it('creates none if an unseen copy may be in progress', async () => {
    world.event('evt_large', { fanout: { 0: { matched: 101, endpointIds: ['ep_other'], last: true } } });
    world.deliveries.change('ep_1', { filter: BOMB });
    expect(await replayed()).toMatchObject({ status: 'completed', found: 1, sent: 0, skipped: 1 });
    expect(world.deliveries.record('evt_large')).toBeUndefined();
  });

  it('ends a page when its filter has used its share of time, and continues after it', async () => {
    const asked: string[] = [];
    world.deliveries.change('ep_1', { filter: 'data' });
    world.ports.filters = {
      judge: async (envelope) => {
        asked.push(envelope);
        return { judgements: [{ verdict: 'match' }], steps: 5_000_000 };
      },
    };
    for (let at = 0; at < 35; at++) world.event(`evt_${at}`, { acceptedAt: START - 60 * MINUTE + at });
    const pages: number[] = [];
    const { walk } = world.ports.events;
    world.ports.events = {
      walk: async (...query) => {
        const stretch = await walk(...query);
        pages.push(stretch.found.length);
        return stretch;
      },
    };
    expect(await replayed()).toMatchObject({ status: 'completed', found: 35, sent: 35 });
    // Once to count, and once to send.
    const once = [35, 25, 15, 5];
    expect([asked.length, pages]).toEqual([70, [...once, ...once]]);
    expect(Object.keys(world.posted())).toHaveLength(35);
  });

  it('evaluates the filter for each event', async () => {
    world.deliveries.change('ep_1', { filter: 'data.amount > `100`' });
    for (const [id, amount] of [
      ['evt_small', 1],
      ['evt_large', 1000],
    ] as const) {
      world.event(id);
      world.payloads.set(`acme/${id}/hash`, JSON.stringify({ data: { amount } }));
    }
    expect(await replayed()).toMatchObject({ found: 1, sent: 1 });
    expect(world.posted()).toEqual({ evt_large: 1 });
  });

  it('skips an event whose payload is gone: the filter cannot be evaluated', async () => {
    world.deliveries.change('ep_1', { filter: 'data.amount > `100`' });
    world.event('evt_1');
    world.ports.payloads = { get: () => Promise.reject(payloadGone()) };
    expect(await replayed()).toMatchObject({ status: 'completed', found: 1, sent: 0, skipped: 1 });
    world.ports.payloads = { get: () => Promise.reject(new Outage()) };
    expect(await replayed()).toMatchObject({ status: 'running' });
  });

  it('reads no payload for an endpoint without a filter', async () => {
    world.event('evt_1');
    world.ports.payloads = { get: () => expect.fail('a payload was read') };
    expect(await replayed()).toMatchObject({ status: 'completed', sent: 1 });
  });

  it('selects events accepted within the range, start inclusive, end exclusive', async () => {
    for (const at of [1, 2, 3]) world.event(`evt_${at}`, { acceptedAt: START - DAY + at });
    await replayed({ from: START - DAY + 2, to: START - DAY + 3 });
    expect(world.posted()).toEqual({ evt_2: 1 });
  });

  it('never sends test events, and operational events only to endpoints subscribed by name', async () => {
    world.event('evt_test', { type: 'postrider.test' });
    world.event('evt_news', { type: 'postrider.endpoint.disabled' });
    world.deliveries.change('ep_1', { eventTypes: ['*'] });
    expect(await replayed()).toMatchObject({ found: 0 });
    world.deliveries.change('ep_1', { eventTypes: ['postrider.*'] });
    await replayed();
    expect(world.posted()).toEqual({ evt_news: 1 });
  });

  it('skips events that expire within hours, and all if the endpoint was disabled meanwhile', async () => {
    world.event('evt_old', { acceptedAt: START - 30 * DAY + 60 * MINUTE });
    world.event('evt_1');
    expect(await replayed({ from: START - 31 * DAY })).toMatchObject({ found: 2, sent: 1, skipped: 1 });
    world.event('evt_2');
    world.deliveries.endpoints.set('ep_1', anEndpoint({ state: 'disabled' }));
    expect(await replayed()).toMatchObject({ found: 1, sent: 0, skipped: 1 });
    expect(world.posted()).toEqual({ evt_1: 1 });
  });

  it('fails with the reason if the endpoint was deleted meanwhile', async () => {
    world.event('evt_1');
    world.deliveries.endpoints.delete('ep_1');
    expect(await replayed()).toMatchObject({
      status: 'failed',
      error: 'The endpoint was deleted while the job ran.',
      lease: null,
    });
  });

  it('processes more events than one page holds', async () => {
    for (let at = 0; at < 250; at++) world.event(`evt_${at}`, { acceptedAt: START - DAY + at });
    expect(await replayed()).toMatchObject({ status: 'completed', found: 250, sent: 250 });
    expect(Object.keys(world.posted())).toHaveLength(250);
  });
});
