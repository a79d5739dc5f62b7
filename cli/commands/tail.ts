import type { components } from '@postrider/client';
import {
  endpointOption,
  type Group,
  given,
  sinceOption,
  tenantOption,
  typeOption,
  withExample,
} from '../runtime/command.ts';
import { type Delivery, whyOf } from '../runtime/deliveries.ts';
import { DeliveryFeed } from '../runtime/delivery-feed.ts';
import type { ShowTime } from '../runtime/output.ts';
import { poll } from '../runtime/poll.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { statusOption } from './deliveries.ts';

/** How often to look. */
const LOOK_MS = 2_000;

const COLUMNS = [
  { heading: 'changed', value: (delivery: Delivery, time: ShowTime) => time(delivery.updated_at), width: 19 },
  { heading: 'status', value: ({ status }: Delivery) => status, width: 9 },
  { heading: 'id', value: ({ id }: Delivery) => id },
  { heading: 'type', value: (delivery: Delivery) => delivery.event_type },
  { heading: 'attempts', value: (delivery: Delivery) => delivery.attempt_count },
  { heading: 'why', value: (delivery: Delivery) => whyOf(delivery) ?? '' },
] as const;

/** `postrider tail`: deliveries as they happen. */
export const tailCommand: Group = (root, run) => {
  withExample(
    root
      .command('tail')
      .summary('print deliveries as they happen, until Ctrl-C')
      .description(
        'print a line for each delivery of events from now on (or --since), and of older ones that are replayed or sent now, and again when it changes, until Ctrl-C; what a job sends of older events is shown by jobs watch',
      )
      .addOption(tenantOption())
      .addOption(endpointOption())
      .addOption(statusOption())
      .addOption(typeOption())
      .addOption(sinceOption()),
    'postrider tail --tenant acme --status dead',
    'see what fails for good, as it does',
  ).action(({ tenant, endpoint, status, type, since }) =>
    run(async (session) => {
      const query = given({ type, tenant: tenant ?? (await tenantOf(session, endpoint)) });
      const feed = new DeliveryFeed(session, query, {
        since,
        wants: (delivery) =>
          (type === undefined || delivery.event_type === type) &&
          (endpoint === undefined || delivery.endpoint_id === endpoint) &&
          (status === undefined || delivery.status === status),
      });
      await poll(session, async () => {
        for (const text of await feed.next()) session.out.item(text, COLUMNS);
        return LOOK_MS;
      });
    }),
  );
};

/** The tenant of an endpoint. */
async function tenantOf(session: Session, id: string | undefined): Promise<string | undefined> {
  if (id === undefined) return undefined;
  const text = await session.text((client) =>
    client.GET('/v1/endpoints/{id}', { params: { path: { id } }, ...AS_TEXT }),
  );
  return (JSON.parse(text) as components['schemas']['Endpoint']).tenant;
}
