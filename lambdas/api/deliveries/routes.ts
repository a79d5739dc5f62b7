import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import { replay } from '../../../core/deliveries/replay.ts';
import { sendNow } from '../../../core/deliveries/send-now.ts';
import { type FoundDelivery, findDelivery } from '../../../core/history/find-delivery.ts';
import { listDeliveries } from '../../../core/history/list-deliveries.ts';
import { requestOfDelivery } from '../../../core/history/request-of-delivery.ts';
import { splitDeliveryId } from '../../../core/ids.ts';
import type { Caller } from '../../../core/keys/authenticate.ts';
import { actorOf } from '../../../core/keys/key.ts';
import { Problem } from '../../../core/problem.ts';
import { USER_AGENT } from '../../runtime/version.ts';
import { listRangeOf } from '../common-schemas.ts';
import { listRoute } from '../list-route.ts';
import type { ApiPorts } from '../ports.ts';
import { type Route, route } from '../route.ts';
import { listedTenant, maySee, notFound } from '../scope.ts';
import * as operations from './operations.ts';
import { deliveryOnWire, pendingOnWire, requestOnWire, summaryOnWire } from './schemas.ts';

/** The routes of deliveries. */
export function deliveryRoutes(ports: ApiPorts): Route[] {
  const life = () => ({ nowMs: ports.clock(), retentionMs: ports.deadLetterRetentionMs });
  const find = async (key: Caller, id: string): Promise<{ endpointId: string; found: FoundDelivery }> => {
    const named = splitDeliveryId(id);
    const found = named && (await findDelivery(named, ports));
    if (found === undefined || !maySee(key, tenantOf(found))) throw notFound('delivery');
    return { endpointId: named?.endpointId ?? '', found };
  };

  const shown = async (record: DeliveryRecord) => deliveryOnWire(record, await ports.ledger.attemptsOf(record), life());
  /** A delivery that an operator acts on, with its endpoint. */
  const recordOf = async (key: Caller, id: string) => {
    const { endpointId, found } = await find(key, id);
    if ('pendingOf' in found) {
      throw new Problem('conflict', 'This delivery is pending: its first attempt is made automatically.');
    }
    const target = await ports.endpoints.find(endpointId);
    if (target === undefined) {
      throw new Problem('conflict', 'The endpoint of this delivery was deleted: it cannot be sent again.');
    }
    return { record: found.record, endpoint: target.endpoint };
  };

  return [
    listRoute(operations.listDeliveries, async ({ key, query }) => {
      const { endpoint_id: endpointId, event_id: eventId, type: eventType, status, limit, cursor } = query;
      // Ids are unique across tenants: search all of them for a given id, unless the key or the query names one.
      const byId = endpointId !== undefined || eventId !== undefined;
      const tenant = listedTenant(key, query.tenant ?? (byId && key.tenant === null ? '*' : undefined));
      const range = listRangeOf(query);
      const { items, next } = await listDeliveries(
        { tenant, endpointId, eventId, eventType, status, range, limit, cursor },
        ports,
      );
      return { data: items.map((record) => summaryOnWire(record, life())), next };
    }),

    route(operations.getDelivery, async ({ key, id }) => {
      const { endpointId, found } = await find(key, id);
      if ('record' in found) return { value: await shown(found.record) };
      return { value: pendingOnWire(found.pendingOf, endpointId) };
    }),

    route(operations.getDeliveryRequest, async ({ key, id, query: { cycle, attempt: wanted } }) => {
      const { endpointId, found } = await find(key, id);
      const endpoint = (await ports.endpoints.find(endpointId))?.endpoint;
      if (endpoint === undefined) {
        throw new Problem('conflict', 'The endpoint of this delivery was deleted: its requests cannot be shown.');
      }
      const attempts = 'record' in found ? await ports.ledger.attemptsOf(found.record) : [];
      const attempt = attempts.findLast(
        ({ number, cycle: of }) => (wanted ?? number) === number && (cycle ?? of) === of,
      );
      const isNext = wanted === 'next' || (attempts.length === 0 && wanted === undefined && cycle === undefined);
      if (attempt === undefined && !isNext) {
        throw new Problem('not_found', 'There is no such attempt of this delivery: only the newest 50 are kept.');
      }
      const maySign = key.role === 'admin' || ('capabilities' in key && key.capabilities.includes('replay'));
      const shown = await requestOfDelivery(
        found,
        { attempt: isNext ? undefined : attempt, endpoint, maySign },
        { ...ports, userAgent: USER_AGENT },
      );
      return { value: requestOnWire(id, shown) };
    }),

    route(operations.sendDeliveryNow, async ({ key, id }) => {
      const { record, endpoint } = await recordOf(key, id);
      return { value: await shown(await sendNow(record, { endpoint, actor: actorOf(key) }, ports)) };
    }),

    route(operations.replayDelivery, async ({ key, id }) => {
      const { record, endpoint } = await recordOf(key, id);
      return { value: await shown(await replay(record, { endpoint, actor: actorOf(key) }, ports)) };
    }),
  ];
}

function tenantOf(found: FoundDelivery): string {
  return 'record' in found ? found.record.tenant : found.pendingOf.tenant;
}
