import { expect, it } from 'vitest';
import type { Heartbeat } from '../../../core/heartbeat/beat.ts';
import { report } from '../../../lambdas/heartbeat/report.ts';
import type { Measured } from '../../../lambdas/runtime/metrics.ts';

async function reported(send: () => Promise<Heartbeat>) {
  const emitted: Measured[] = [];
  const lines: unknown[] = [];
  const logger = {
    info: (...line: unknown[]) => void lines.push(['INFO', ...line]),
    error: (...line: unknown[]) => void lines.push(['ERROR', ...line]),
  };
  const result = await report(send, { logger, emit: (measured) => void emitted.push(measured) });
  return { result, emitted, lines };
}

it('says that a heartbeat arrived, and how long it took', async () => {
  expect(await reported(async () => ({ arrived: true, eventId: 'evt_1', ms: 850 }))).toEqual({
    result: { arrived: true },
    emitted: [{ HeartbeatOk: 1, HeartbeatMs: 850 }],
    lines: [['INFO', 'heartbeat arrived', { eventId: 'evt_1', afterMs: 850 }]],
  });
});

it('says why one did not, as 0 without a time', async () => {
  const why = 'Publishing was refused with status 403.';
  expect(await reported(async () => ({ arrived: false, eventId: undefined, why }))).toEqual({
    result: { arrived: false },
    emitted: [{ HeartbeatOk: 0 }],
    lines: [['ERROR', 'heartbeat failed', { eventId: undefined, why }]],
  });
});

it('reports a fault on our side as 0, and does not reject', async () => {
  const { emitted, lines } = await reported(async () => {
    throw new Error('The API did not answer: ECONNREFUSED.');
  });

  expect(emitted).toEqual([{ HeartbeatOk: 0 }]);
  expect(lines).toMatchObject([
    ['ERROR', 'heartbeat failed', { faultMessage: expect.stringContaining('ECONNREFUSED') }],
  ]);
});
