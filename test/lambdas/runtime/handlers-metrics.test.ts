import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { METRICS } from '../../../lambdas/runtime/metric-table.ts';
import { listen } from '../../../local/http-server.ts';
import { anEndpoint } from '../../support/delivery-world.ts';
import { type Emitted, emissionsIn } from '../../support/emitted.ts';
import { HandlersWorld } from '../../support/handlers-world.ts';

const acknowledge = async (_: unknown, response: ServerResponse) => void response.writeHead(204).end();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: HandlersWorld;
const names = new Set<string>();
beforeAll(async () => {
  world = await HandlersWorld.open();
});
beforeEach(() => world.watch());
afterAll(() => world.close());

/** What the handlers have emitted since the test began, in one object. */
function emitted(): Emitted['metrics'] {
  const all = emissionsIn(world.lines);
  for (const { namespace, dimensions } of all) {
    expect([namespace, dimensions]).toEqual(['Postrider', { service: 'postrider', stage: 'test' }]);
  }
  const metrics = Object.assign({}, ...all.map((one) => one.metrics));
  for (const name of Object.keys(metrics)) names.add(name);
  return metrics;
}

describe('the deployed handlers', () => {
  it('emit what became of dead letters: resent, dead by our fault, and not explained', async () => {
    await world.deadLetter(world.message({ eventId: 'evt_again' }));
    await world.deadLetter(world.message({ eventId: 'evt_over', expiresAt: Date.now() + 3 * HOUR }));
    await world.deadLetter('not a delivery');
    await world.tick('dead-letters');

    expect(emitted()).toMatchObject({
      OurFaultResent: { unit: 'Count', values: [1] },
      OurFaultDead: { unit: 'Count', values: [1] },
      Dead: { unit: 'Count', values: [1] },
      LettersUnexplained: { unit: 'Count', values: [1] },
      OldestLetterDays: { unit: 'None', values: [0] },
    });

    world.watch();
    await world.tick('dead-letters');
    const { LettersUnexplained, OldestLetterDays, ...others } = emitted();
    expect([LettersUnexplained?.values, others]).toEqual([[1], {}]);
    expect(OldestLetterDays?.values[0]).toBeGreaterThan(0);
    expect(OldestLetterDays?.values[0]).toBeLessThan(2 / 24);
  });

  it('emit what a batch of deliveries measured, in one line', async () => {
    await world.endpoint('ep_1', {
      url: 'http://127.0.0.1:1/',
      retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 },
    });
    const late = world.message({ eventId: 'evt_2', acceptedAt: Date.now() - 7_000 });
    await world.deliver(world.message(), late, world.message({ eventId: 'evt_3', step: 2, attempt: 2 }));

    expect(emissionsIn(world.lines)).toHaveLength(1);
    const { AttemptMs, StartDelayMs, ...counts } = emitted();
    expect(counts).toEqual({
      Attempts: { unit: 'Count', values: [3] },
      Retries: { unit: 'Count', values: [1] },
      Dead: { unit: 'Count', values: [3] },
    });
    expect(AttemptMs).toEqual({
      unit: 'Milliseconds',
      values: [expect.any(Number), expect.any(Number), expect.any(Number)],
    });
    expect(StartDelayMs?.values).toHaveLength(2);
    expect(Math.max(...(StartDelayMs?.values ?? []))).toBeGreaterThanOrEqual(7_000);
  });

  it('emit what receivers have acknowledged', async () => {
    const receiver = await listen({
      port: 0,
      portVariable: 'none',
      listener: acknowledge,
      onError: (fault) => expect.fail(String(fault)),
    });
    try {
      await world.endpoint('ep_2', { url: `http://127.0.0.1:${receiver.port}/` });
      await world.deliver(world.message({ endpointId: 'ep_2' }));
    } finally {
      await receiver.close(0);
    }

    expect(emitted()).toMatchObject({ Acknowledged: { unit: 'Count', values: [1] }, Delivered: { values: [1] } });
  });

  it('emit nothing for a batch of the heartbeat', async () => {
    const tenant = 'postrider.heartbeat';
    await world.endpoint('ep_beat', { tenant, url: 'http://127.0.0.1:1/' });
    await world.deliver(world.message({ tenant, endpointId: 'ep_beat' }));

    expect(world.lines.join()).toContain('delivery attempted');
    expect(emitted()).toEqual({});
  });

  it('emit each minute that nothing is late, open, old or unexplained', async () => {
    for (const task of ['sweep', 'release']) await world.tick(task);

    expect(emitted()).toEqual({
      OverdueSeconds: { unit: 'Seconds', values: [0] },
      OpenCircuits: { unit: 'Count', values: [0] },
    });
  });

  it('emit how late the waiting room is, and how many circuits are open', async () => {
    await world.delivery('evt_late', {
      ...{ status: 'waiting', waitingFor: 'backoff', nextAttemptAt: Date.now() - 7 * MINUTE },
    });
    const circuit = { openUntil: Date.now() + HOUR, intervalMs: MINUTE, releasedFor: null, probe: null };
    await world.endpoint('ep_open', {}, { circuit, holding: { id: 'hold_1', emptySince: null } });
    for (const task of ['sweep', 'release']) await world.tick(task);

    const { OverdueSeconds, OpenCircuits } = emitted();
    expect(OverdueSeconds?.values[0]).toBeGreaterThanOrEqual(7 * 60);
    expect(OverdueSeconds?.values[0]).toBeLessThan(8 * 60);
    expect(OpenCircuits?.values).toEqual([1]);
  });
});

it('every metric of the table is emitted by some function, and nothing else', async () => {
  // Those of ingest and of the heartbeat have tests of their own.
  for (const name of ['Accepted', 'HeartbeatOk', 'HeartbeatMs']) names.add(name);
  expect([...names].toSorted()).toEqual(Object.keys(METRICS).toSorted());
});
