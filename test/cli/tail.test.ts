import { describe, expect, it } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { runAgainst } from './api-that-answers.ts';

const START_MS = Date.parse('2026-11-22T10:00:00.000Z');
const MINUTES = 12;
const EVENTS = 120;
const PAGE = 20;
/** How long before its beginning events were published, and how long before its end none was. */
const BEFORE_MS = 120_000;
const QUIET_MS = 420_000;

/** An event with one delivery, which fails once and is delivered later. */
interface Happening {
  readonly id: string;
  readonly deliveryId: string;
  readonly acceptedAt: number;
  /** When the list shows it. */
  readonly listedAt: number;
  readonly failedAt: number;
  readonly deliveredAt: number;
}

function happenings(random: () => number): Happening[] {
  return Array.from({ length: EVENTS }, (_, n) => {
    const body = String(n).padStart(26, '0');
    const acceptedAt = Math.floor(START_MS - BEFORE_MS + random() * (MINUTES * 60_000 + BEFORE_MS - QUIET_MS));
    const failedAt = acceptedAt + 200 + Math.floor(random() * (random() < 0.1 ? 60_000 : 2_000));
    return {
      id: `evt_${body}`,
      deliveryId: `dlv_${body}_${body}`,
      acceptedAt,
      listedAt: acceptedAt + Math.floor(random() * (random() < 0.2 ? 85_000 : 3_000)),
      failedAt,
      deliveredAt: failedAt + 1_000 + Math.floor(random() * 200_000),
    };
  });
}

function eventAt(event: Happening, now: number) {
  const status = now >= event.deliveredAt ? 'delivered' : now >= event.failedAt ? 'retrying' : 'pending';
  const changedAt =
    status === 'delivered' ? event.deliveredAt : status === 'retrying' ? event.failedAt : event.acceptedAt;
  const delivery = {
    ...{ id: event.deliveryId, event_id: event.id, event_type: 'a', endpoint_id: 'ep_x', tenant: 'default', status },
    ...{ cycle: 1, attempt_count: status === 'delivered' ? 2 : status === 'retrying' ? 1 : 0, waiting_for: null },
    updated_at: new Date(changedAt).toISOString(),
  };
  const isFannedOut = now > event.acceptedAt + 100;
  const accepted_at = new Date(event.acceptedAt).toISOString();
  return {
    id: event.id,
    accepted_at,
    matched_endpoints: isFannedOut ? 1 : null,
    deliveries: isFannedOut ? [delivery] : [],
  };
}

/** The lines of `postrider tail --json` over some minutes in which these happen. Now and then the API does not answer. */
async function tail(events: readonly Happening[], random: () => number, skewMs: number) {
  let now = START_MS;
  const stop = new AbortController();
  const newestFirst = events.toSorted((a, b) => b.acceptedAt - a.acceptedAt);
  return runAgainst(
    ({ url }, turn) => {
      if (turn > 5 && random() < 0.02) return [503, {}];
      if (url.pathname === '/v1/audit') return [200, { data: [], next: null }];
      const one = events.find(({ id }) => url.pathname.endsWith(id));
      if (one !== undefined) return [200, eventAt(one, now)];
      const from = Date.parse(url.searchParams.get('from') ?? '1970-01-01T00:00:00Z');
      const at = Number(url.searchParams.get('cursor') ?? 0);
      const limit = Math.min(PAGE, Number(url.searchParams.get('limit')));
      const listed = newestFirst.filter(({ acceptedAt, listedAt }) => acceptedAt >= from && listedAt <= now);
      const data = listed.slice(at, at + limit).map((event) => eventAt(event, now));
      return [200, { data, next: at + limit < listed.length ? String(at + limit) : null }];
    },
    ['tail', '--json'],
    {
      signal: stop.signal,
      clock: () => now + skewMs,
      wait: async (ms) => {
        now += ms;
        if (now > START_MS + MINUTES * 60_000) stop.abort();
      },
    },
    () => now,
  );
}

describe('postrider tail', { timeout: 60_000 }, () => {
  it.each([
    ['an hour ahead of ours', -3_600_000],
    ['an hour behind ours', 3_600_000],
  ])(
    "misses nothing and repeats nothing, however late events are listed, with the API's clock %s",
    async (_, skewMs) => {
      const random = seededRandom(18).unit;
      const events = happenings(random);
      const { code, lines, requests } = await tail(events, random, skewMs);
      expect(code).toBe(130);

      const printed = lines.map((line) => JSON.parse(line)).map(({ id, status }) => `${id} ${status}`);
      expect(printed.length).toBe(new Set(printed).size);
      const since = (time: (event: Happening) => number) => events.filter((event) => time(event) >= START_MS);
      const published = since(({ acceptedAt }) => acceptedAt);
      expect(published.length).toBeGreaterThan(50);
      expect(printed).toEqual(expect.arrayContaining(published.map(({ deliveryId }) => `${deliveryId} delivered`)));
      // Failures that soon turned into deliveries may have passed between two looks.
      const lasting = published.filter(
        ({ failedAt, listedAt, deliveredAt }) => deliveredAt - Math.max(failedAt, listedAt) > 70_000,
      );
      expect(printed).toEqual(expect.arrayContaining(lasting.map(({ deliveryId }) => `${deliveryId} retrying`)));
      // What had ended before is not printed.
      const over = events.filter(({ deliveredAt, listedAt }) => Math.max(deliveredAt, listedAt) < START_MS - 1_000);
      for (const { deliveryId } of over) expect(printed).not.toContain(`${deliveryId} delivered`);
      // A list every two seconds, and some events by themselves.
      expect(requests.length).toBeLessThan(MINUTES * 30 * 8);
    },
  );
});

describe('postrider tail, when somebody sends again', () => {
  const OLD = '0'.repeat(25);
  const at = (ms: number) => new Date(START_MS + ms).toISOString();
  const delivery = (n: number, changes: object) => ({
    ...{ id: `dlv_${OLD}1_${OLD}${n}`, event_id: `evt_${OLD}1`, event_type: 'a', endpoint_id: `ep_${OLD}${n}` },
    ...{ tenant: 'default', status: 'dead', cycle: 1, attempt_count: 5, waiting_for: null, updated_at: at(-3_600_000) },
    ...changes,
  });
  const entry = (ms: number, action: string, object: string) => ({
    ...{ id: `aud_${action}`, at: at(ms), action, object, tenant: 'default', before: null, after: null },
    actor: { kind: 'api_key', id: 'key_1', name: 'shop' },
  });

  /** Two minutes of it. An old event has two dead deliveries; one is replayed after half a minute, and a job starts. */
  async function watch({ audit = 200, args = [] as string[] } = {}) {
    let now = START_MS;
    const stop = new AbortController();
    const entries = [entry(30_000, 'delivery.replayed', `dlv_${OLD}1_${OLD}7`), entry(31_000, 'job.created', 'job_1')];
    return runAgainst(
      ({ url }) => {
        if (url.pathname === '/v1/audit') {
          if (audit !== 200) return [audit, {}];
          const from = Date.parse(url.searchParams.get('from') ?? '');
          // The list is a few seconds behind.
          const listed = entries.filter((one) => Date.parse(one.at) >= from && Date.parse(one.at) + 3_000 <= now);
          return [200, { data: listed.toReversed(), next: null }];
        }
        if (url.pathname === '/v1/events') return [200, { data: [], next: null }];
        // The record follows the entry, and its first attempt takes a while.
        const replayed =
          now < START_MS + 38_000
            ? {}
            : now < START_MS + 60_000
              ? { status: 'retrying', cycle: 2, attempt_count: 0, updated_at: at(38_000) }
              : { status: 'delivered', cycle: 2, attempt_count: 1, updated_at: at(60_000) };
        const deliveries = [delivery(7, replayed), delivery(8, {})];
        return [200, { id: `evt_${OLD}1`, accepted_at: at(-7_200_000), matched_endpoints: 2, deliveries }];
      },
      ['tail', '--json', ...args],
      {
        signal: stop.signal,
        clock: () => now,
        wait: async (ms) => {
          now += ms;
          if (now > START_MS + 120_000) stop.abort();
        },
      },
      () => now,
    );
  }

  it('prints what becomes of an old delivery that is replayed, and not of its event what was so before', async () => {
    const { lines, stderr, requests } = await watch();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: `dlv_${OLD}1_${OLD}7`, status: 'delivered', cycle: 2 },
    ]);
    expect(stderr).toBe(
      'shop started job_1: what it sends of earlier events is not shown here, see postrider jobs watch job_1.\n',
    );
    expect(requests.filter(({ url }) => url.pathname === '/v1/audit').length).toBeLessThan(25);
    expect(requests.filter(({ url }) => url.pathname.endsWith('1')).length).toBeLessThan(20);
  });

  it('keeps to its filters', async () => {
    expect((await watch({ args: ['--type', 'b'] })).lines).toEqual([]);
    expect((await watch({ args: ['--type', 'a', '--status', 'delivered'] })).lines).toHaveLength(1);
  });

  it('says once if its key may not read who sent what', async () => {
    const { code, lines, stderr, requests } = await watch({ audit: 403 });
    expect({ code, lines }).toEqual({ code: 130, lines: [] });
    expect(stderr).toBe(
      'This key may not read the audit trail, so what is sent again of earlier events is not shown.\n',
    );
    expect(requests.filter(({ url }) => url.pathname === '/v1/audit')).toHaveLength(1);
  });
});
