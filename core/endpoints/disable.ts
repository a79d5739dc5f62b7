import { newId } from '../ids.ts';
import { type ChangePorts, disableEndpoint } from './change.ts';
import type { Endpoint, OurReason } from './endpoint.ts';
import { type HealthStore, updateHealth, withNews } from './health.ts';

export interface GiveUpPorts extends ChangePorts {
  health: HealthStore;
}

/**
 * Disables an endpoint that answered 410, has failed for days, or whose filter asks for too much. The news goes first, so that nobody's endpoint ends
 * in silence; whoever announces it looks whether it came true.
 */
export async function giveUpEndpoint(
  endpoint: Endpoint,
  reason: OurReason,
  nowMs: number,
  ports: GiveUpPorts,
): Promise<void> {
  const holdingId = () => newId('hold', nowMs, ports.random);
  await updateHealth(ports.health, endpoint.id, undefined, (health) =>
    health.news.some(({ type }) => type === 'disabled')
      ? health
      : withNews(health, { type: 'disabled', at: nowMs, reason }, holdingId),
  );
  await disableEndpoint(endpoint, reason, nowMs, ports);
}
