import type { Logger } from '@aws-lambda-powertools/logger';
import type { Heartbeat } from '../../core/heartbeat/beat.ts';
import { describeFault } from '../runtime/logger.ts';
import type { EmitMetrics } from '../runtime/metrics.ts';

/**
 * Sends a heartbeat, logs how it went in one line, and emits its metrics. Never rejects because of a heartbeat that failed:
 * that is what it has to report.
 */
export async function report(
  send: () => Promise<Heartbeat>,
  { logger, emit }: { logger: Pick<Logger, 'info' | 'error'>; emit: EmitMetrics | null },
): Promise<{ arrived: boolean }> {
  const heartbeat = await send().catch((fault: unknown) => ({ arrived: false as const, fault }));
  if (heartbeat.arrived) {
    logger.info('heartbeat arrived', { eventId: heartbeat.eventId, afterMs: heartbeat.ms });
    emit?.({ HeartbeatOk: 1, HeartbeatMs: heartbeat.ms });
  } else {
    emit?.({ HeartbeatOk: 0 });
    const cause =
      'fault' in heartbeat
        ? { why: 'It could not be sent or looked up.', ...describeFault(heartbeat.fault) }
        : { eventId: heartbeat.eventId, why: heartbeat.why };
    logger.error('heartbeat failed', cause);
  }
  return { arrived: heartbeat.arrived };
}
