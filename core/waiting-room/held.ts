import { loadReadable } from '../deliveries/ledger.ts';
import type { DeliveryRecord } from '../deliveries/record.ts';
import type { Faults } from '../faults.ts';
import type { SweepPorts } from './sweep.ts';

/** Deliveries of a shard that are held for an endpoint, of events accepted before `beforeMs`, the oldest first. */
export async function heldIn(
  endpointId: string,
  { shard, limit, beforeMs }: { shard: number; limit: number; beforeMs: number },
  ports: Pick<SweepPorts, 'room' | 'ledger'>,
  faults: Faults,
): Promise<{ records: DeliveryRecord[]; more: boolean }> {
  const page = await ports.room.held(endpointId, shard, limit, beforeMs);
  const records = await loadReadable(ports.ledger, page.keys, faults);
  const held = records.filter(({ waitingFor }) => waitingFor === 'paused' || waitingFor === 'circuit');
  return { records: held, more: page.next !== null };
}
