import { Option } from '@commander-js/extra-typings';
import { ApiError, type components } from '@postrider/client';
import { STATUSES } from '../../core/deliveries/record.ts';
import {
  allOption,
  endpointOption,
  type Group,
  given,
  limitOption,
  sinceOption,
  tenantOption,
  typeOption,
  untilOption,
  withExample,
} from '../runtime/command.ts';
import { type Delivery, whyOf } from '../runtime/deliveries.ts';
import { EXIT, exitCodeOf, Failed, messageOf } from '../runtime/exit.ts';
import type { Column, ShowTime } from '../runtime/output.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

type WholeDelivery = components['schemas']['Delivery'];
type Request = components['schemas']['DeliveryRequest'];

/** Pending deliveries are in no list. */
const [, ...LISTED_STATUSES] = STATUSES;

export const statusOption = () => new Option('--status <status>', 'only those in this state').choices(LISTED_STATUSES);

const COLUMNS: readonly Column<Delivery>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'tenant', value: ({ tenant }) => tenant },
  { heading: 'type', value: (delivery) => delivery.event_type },
  { heading: 'status', value: ({ status }) => status },
  { heading: 'attempts', value: (delivery) => delivery.attempt_count },
  { heading: 'changed', value: (delivery, time) => time(delivery.updated_at) },
  { heading: 'why', value: whyOf },
];

const fieldsOf = (delivery: WholeDelivery, time: ShowTime) => [
  ['id', delivery.id] as const,
  ['event', delivery.event_id] as const,
  ['type', delivery.event_type] as const,
  ['endpoint', delivery.endpoint_id] as const,
  ['tenant', delivery.tenant] as const,
  ['status', delivery.status] as const,
  ['why', whyOf(delivery)] as const,
  ['cycle', delivery.cycle] as const,
  ['attempts', delivery.attempt_count] as const,
  ['next attempt', time(delivery.next_attempt_at)] as const,
  ['message', delivery.whereabouts] as const,
  ['created', time(delivery.created_at)] as const,
  ['changed', time(delivery.updated_at)] as const,
  ...delivery.attempts.map(
    (attempt) => [`attempt ${attempt.cycle}.${attempt.number}`, attemptLine(attempt, time)] as const,
  ),
];

function attemptLine(attempt: WholeDelivery['attempts'][number], time: ShowTime): string {
  const { at, duration_ms: ms, status_code: code, error_code: error, error_detail: detail } = attempt;
  const outcome = [code, error === 'http_status' ? null : error, detail].filter((part) => part !== null).join(' ');
  const answered = attempt.response_excerpt === '' ? '' : `  ${JSON.stringify(attempt.response_excerpt)}`;
  return `${time(at)}  ${outcome}  ${ms} ms${answered}`;
}

/** Why a request is shown without its signatures. */
const UNSIGNED: Record<NonNullable<Request['unsigned']>, string> = {
  secret_unknown:
    'Without its signatures: the endpoint was changed since, after a rotation, so which secrets signed it is not known.',
  not_allowed: 'Without its signatures: that of a request to come is only for those who may replay.',
};

/** `postrider deliveries`: an event on its way to an endpoint. */
export const deliveryCommands: Group = (root, run) => {
  const deliveries = root.command('deliveries').description('events on their way to endpoints');

  withExample(
    deliveries
      .command('list')
      .description('list deliveries, newest first; pending ones are shown by events get')
      .addOption(tenantOption())
      .addOption(endpointOption())
      .option('--event <id>', 'an event')
      .addOption(statusOption())
      .addOption(typeOption())
      .addOption(sinceOption())
      .addOption(untilOption())
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider deliveries list --tenant acme --status dead --since 1d',
    'what failed for good since yesterday',
  ).action(({ limit, all, tenant, endpoint, event, status, type, since, until }) =>
    run((session) => {
      const filters = given({ tenant, endpoint_id: endpoint, event_id: event, status, type, from: since, to: until });
      return session.list({ limit, all }, COLUMNS, (client, from) =>
        client.GET('/v1/deliveries', { params: { query: { ...filters, ...from } }, ...AS_TEXT }),
      );
    }),
  );

  withExample(
    deliveries.command('get').description('show a delivery and its attempts').argument('<id>', 'the delivery'),
    'postrider deliveries get dlv_01kapj3m40e7c1p3d9t5v8x2zq_01kapj1b6g2h4k6m8n0q3s5v7x',
    'what the receiver answered',
  ).action((id) =>
    run(async (session) => {
      const text = await session.text((client) =>
        client.GET('/v1/deliveries/{id}', { params: { path: { id } }, ...AS_TEXT }),
      );
      session.out.one(text, fieldsOf);
    }),
  );

  withExample(
    deliveries
      .command('request')
      .description('show the request of an attempt, as it was sent: URL, headers, signatures and exact body')
      .argument('<id>', 'the delivery')
      .option('--attempt <number>', 'the number of the attempt, or next for the one to be made (default: the newest)')
      .option('--cycle <number>', 'the cycle of the attempt (default: the newest)', Number),
    'postrider deliveries request dlv_01kapj3m40e7c1p3d9t5v8x2zq_01kapj1b6g2h4k6m8n0q3s5v7x --attempt 1',
    'what the receiver got: try it by hand, or send it to its developers',
  ).action((id, { attempt, cycle }) =>
    run(async (session) => {
      const { out } = session;
      const wanted = attempt === 'next' ? ('next' as const) : attempt === undefined ? undefined : Number(attempt);
      const query = given({ attempt: wanted, cycle });
      const text = await session.text((client) =>
        client.GET('/v1/deliveries/{id}/request', { params: { path: { id }, query }, ...AS_TEXT }),
      );
      if (out.json) return out.data(text);
      const { method, url, headers, signatures, unsigned, body }: Request = JSON.parse(text);
      const lines = Object.entries({ ...headers, ...signatures }).map(([name, value]) => `${name}: ${value}`);
      out.data([`${method} ${url}`, ...lines, '', body].join('\n'));
      if (unsigned !== null) out.note(UNSIGNED[unsigned]);
    }),
  );

  withExample(
    deliveries
      .command('replay')
      .description('send finished deliveries again at once, with all attempts')
      .argument('<id...>', 'the deliveries'),
    'postrider deliveries replay dlv_01kapj3m40e7c1p3d9t5v8x2zq_01kapj1b6g2h4k6m8n0q3s5v7x',
    'after its receiver was mended',
  ).action((ids) =>
    run((session) =>
      forEach(session, ids, (id) =>
        session.text((client) => client.POST('/v1/deliveries/{id}/replay', { params: { path: { id } }, ...AS_TEXT })),
      ),
    ),
  );

  withExample(
    deliveries
      .command('send-now')
      .description('send deliveries that wait at once, instead of at the time of their next attempt')
      .argument('<id...>', 'the deliveries'),
    'postrider deliveries send-now dlv_01kapj3m40e7c1p3d9t5v8x2zq_01kapj1b6g2h4k6m8n0q3s5v7x',
    'do not wait for the next attempt',
  ).action((ids) =>
    run((session) =>
      forEach(session, ids, (id) =>
        session.text((client) => client.POST('/v1/deliveries/{id}/send-now', { params: { path: { id } }, ...AS_TEXT })),
      ),
    ),
  );
};

/**
 * Does the same to each delivery, and shows those that it was done to.
 * @throws Failed if it was refused for any, after saying which; what concerns all of them at once.
 */
async function forEach(session: Session, ids: readonly string[], act: (id: string) => Promise<string>): Promise<void> {
  const done: string[] = [];
  let refused = 0;
  try {
    for (const id of ids) {
      try {
        done.push(await act(id));
      } catch (fault) {
        if (!(fault instanceof ApiError) || exitCodeOf(fault) === EXIT.notAllowed || fault.status >= 500) throw fault;
        refused += 1;
        session.out.note(`${id}: ${messageOf(fault)}`);
      }
    }
  } finally {
    if (done.length > 0) session.out.items(done, COLUMNS);
  }
  if (refused > 0) throw new Failed();
}
