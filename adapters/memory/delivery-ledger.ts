import { type DeliveryLedger, keyText } from '../../core/deliveries/ledger.ts';
import type { DeliveryRecord } from '../../core/deliveries/record.ts';
import { type Endpoint, type EndpointHealth, freshHealth } from '../../core/endpoints/endpoint.ts';
import type { WaitingRoom } from '../../core/waiting-room/sweep.ts';

/** The ledger's deliveries and the endpoints they go to, in memory: compare and set is exact, copies never share. */
export class MemoryDeliveryLedger implements DeliveryLedger {
  readonly records = new Map<string, DeliveryRecord>();
  readonly endpoints: Map<string, Endpoint>;
  readonly health: Map<string, EndpointHealth>;

  constructor(registry: { endpoints: Map<string, Endpoint>; health: Map<string, EndpointHealth> }) {
    this.endpoints = registry.endpoints;
    this.health = registry.health;
  }

  load: DeliveryLedger['load'] = async (deliveries, endpointIds) => {
    const records = deliveries.flatMap((key) => {
      const record = this.records.get(keyText(key));
      return record ? [[keyText(key), structuredClone(record)] as const] : [];
    });
    const endpoints = endpointIds.flatMap((id) => {
      const endpoint = this.endpoints.get(id);
      const health = this.health.get(id) ?? freshHealth(id);
      return endpoint ? [[id, structuredClone({ endpoint, health })] as const] : [];
    });
    return { records: new Map(records), endpoints: new Map(endpoints) };
  };

  find: DeliveryLedger['find'] = async (key) => structuredClone(this.records.get(keyText(key)));

  put: DeliveryLedger['put'] = async (record, expected) => {
    const stored = this.records.get(keyText(record));
    if ((stored?.revision ?? null) !== expected) return false;
    this.records.set(keyText(record), structuredClone(record));
    return true;
  };
}

const nameOf = ({ eventId, endpointId }: DeliveryRecord) => ({ eventId, endpointId });

/** The waiting room over a memory ledger: one shard, in the order of time. */
export function createMemoryWaitingRoom(ledger: MemoryDeliveryLedger): WaitingRoom {
  const waiting = () => [...ledger.records.values()].filter(({ status }) => status === 'waiting');
  return {
    async due(_shard, untilMs, limit) {
      const due = waiting()
        .filter(({ waitingFor, nextAttemptAt }) => waitingFor === 'backoff' && (nextAttemptAt ?? 0) <= untilMs)
        .sort((one, other) => (one.nextAttemptAt ?? 0) - (other.nextAttemptAt ?? 0));
      return { keys: due.slice(0, limit).map(nameOf), next: null };
    },
    async held(endpointId, _shard, limit) {
      const held = waiting().filter(({ waitingFor, endpointId: id }) => waitingFor !== 'backoff' && id === endpointId);
      return { keys: held.slice(0, limit).map(nameOf), next: held.length > limit ? 'more' : null };
    },
  };
}
