import { Option } from '@commander-js/extra-typings';
import { type components, jsonText } from '@postrider/client';
import {
  allOption,
  type Group,
  limitOption,
  sinceOption,
  tenantOption,
  typeOption,
  untilOption,
  withExample,
  yesOption,
} from '../runtime/command.ts';
import type { Column, ShowTime } from '../runtime/output.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { dataOf } from './api.ts';

type Endpoint = components['schemas']['Endpoint'];
type CreatedEndpoint = components['schemas']['CreatedEndpoint'];

const STATES = ['active', 'paused', 'disabled'] as const;
const CIRCUITS = ['closed', 'half_open', 'open'] as const;

const COLUMNS: readonly Column<Endpoint>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'tenant', value: ({ tenant }) => tenant },
  { heading: 'state', value: ({ state }) => state },
  { heading: 'circuit', value: ({ health }) => health.circuit },
  { heading: 'event types', value: (endpoint) => endpoint.event_types.join(' ') },
  { heading: 'URL', value: ({ url }) => url },
];

const share = (rate: number | null) => (rate === null ? null : `${Math.round(rate * 1_000) / 10} %`);

const HOURS: readonly Column<components['schemas']['StatsBucket']>[] = [
  { heading: 'hour', value: ({ hour }, time) => time(hour) ?? 'total' },
  { heading: 'attempts', value: ({ attempts }) => attempts },
  { heading: 'delivered', value: ({ delivered }) => delivered },
  { heading: 'failed', value: ({ failed }) => failed },
  { heading: 'success', value: (hour) => share(hour.success_rate) },
  { heading: 'p50 ms', value: (hour) => hour.latency_ms.p50 },
  { heading: 'p95 ms', value: (hour) => hour.latency_ms.p95 },
  { heading: 'filter errors', value: (hour) => hour.filter_errors },
];

const fieldsOf = (endpoint: Endpoint, time: ShowTime) =>
  [
    ['id', endpoint.id],
    ['tenant', endpoint.tenant],
    ['URL', endpoint.url],
    ['event types', endpoint.event_types.join(' ')],
    ['filter', endpoint.filter],
    ['state', endpoint.state + (endpoint.disabled_reason === null ? '' : ` (${endpoint.disabled_reason})`)],
    ['circuit', endpoint.health.circuit],
    ['failures in a row', endpoint.health.consecutive_failures],
    [
      'signature',
      endpoint.signature === null ? endpoint.signature_profile : `its own, in ${endpoint.signature.header}`,
    ],
    ['standard headers', endpoint.standard_headers ? null : 'off'],
    ['headers', Object.keys(endpoint.headers).join(' ') || null],
    ['limit per second', endpoint.rate_limit_per_second],
    ['description', endpoint.description],
    ['created', time(endpoint.created_at)],
    ['changed', time(endpoint.updated_at)],
  ] as const;

/** Shows one endpoint. */
const show = ({ out }: Session, text: string) => out.one<Endpoint>(text, fieldsOf);

/** `postrider endpoints`: where webhooks are sent. */
export const endpointCommands: Group = (root, run) => {
  const endpoints = root.command('endpoints').description('where webhooks are sent');

  withExample(
    endpoints
      .command('list')
      .description('list endpoints, newest first')
      .addOption(tenantOption())
      .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
      .addOption(new Option('--circuit <circuit>', 'only those whose circuit is so').choices(CIRCUITS))
      .option('--url <text>', 'only those with this in their host')
      .addOption(typeOption())
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider endpoints list --tenant "*" --state disabled',
    'which endpoints get nothing',
  ).action(({ limit, all, ...filters }) =>
    run((session) =>
      session.list({ limit, all }, COLUMNS, (client, from) =>
        client.GET('/v1/endpoints', { params: { query: { ...filters, ...from } }, ...AS_TEXT }),
      ),
    ),
  );

  withExample(
    endpoints.command('get').description('show an endpoint').argument('<id>', 'the endpoint'),
    'postrider endpoints get ep_01kapj1b6g2h4k6m8n0q3s5v7x',
    'its settings and health',
  ).action((id) =>
    run(async (session) =>
      show(
        session,
        await session.text((client) => client.GET('/v1/endpoints/{id}', { params: { path: { id } }, ...AS_TEXT })),
      ),
    ),
  );

  withExample(
    endpoints
      .command('create')
      .description('create an endpoint; its signing secret is printed')
      .option('--url <url>', 'where to send')
      .option('--event-type <pattern...>', 'what to send, such as order.*')
      .option('--tenant <name>', 'whose it is')
      .option('--description <text>', 'for people')
      .option('--data <json>', 'further settings (docs/api.md): JSON, @file, or - for standard input'),
    "postrider endpoints create --tenant acme --url https://example.com/hooks --event-type 'order.*'",
    'send all order events of a tenant',
  ).action(({ url, eventType, tenant, description, data }) =>
    run(async (session) => {
      const settings: unknown = data === undefined ? {} : JSON.parse(await dataOf(data, session.io));
      const given = {
        ...(typeof settings === 'object' ? settings : {}),
        ...(url !== undefined && { url }),
        ...(eventType !== undefined && { event_types: eventType }),
        ...(tenant !== undefined && { tenant }),
        ...(description !== undefined && { description }),
      };
      const text = await session.text((client) =>
        client.POST('/v1/endpoints', { ...jsonText(JSON.stringify(given)), ...AS_TEXT }),
      );
      if (session.out.json) return session.out.data(text);
      const made: CreatedEndpoint = JSON.parse(text);
      session.out.note(`Created ${made.id}. The secret that its receiver verifies with:`);
      session.out.data(made.secret);
    }),
  );

  withExample(
    endpoints
      .command('update')
      .description('change settings of an endpoint; the others stay')
      .argument('<id>', 'the endpoint')
      .requiredOption('--data <json>', 'a JSON merge patch: JSON, @file, or - for standard input'),
    'postrider endpoints update ep_01kapj1b6g2h4k6m8n0q3s5v7x --data \'{"rate_limit_per_second":10}\'',
    'send at most ten a second',
  ).action((id, { data }) =>
    run(async (session) => show(session, await patch(session, id, await dataOf(data, session.io)))),
  );

  for (const [name, state, says, effect] of [
    ['pause', 'paused', 'hold the deliveries of an endpoint', 'its deliveries wait until it is resumed'],
    ['resume', 'active', 'send to an endpoint again', 'what waited is sent'],
  ] as const) {
    withExample(
      endpoints.command(name).description(says).argument('<id>', 'the endpoint'),
      `postrider endpoints ${name} ep_01kapj1b6g2h4k6m8n0q3s5v7x`,
      effect,
    ).action((id) => run(async (session) => show(session, await patch(session, id, JSON.stringify({ state })))));
  }

  withExample(
    endpoints
      .command('delete')
      .description('delete an endpoint; its unfinished deliveries are discarded')
      .argument('<id>', 'the endpoint')
      .addOption(yesOption()),
    'postrider endpoints delete ep_01kapj1b6g2h4k6m8n0q3s5v7x',
    'nothing is sent there any more',
  ).action((id, options) =>
    run(async (session) => {
      await session.confirm(`Deleting ${id} discards its unfinished deliveries.`, options);
      await session.text((client) => client.DELETE('/v1/endpoints/{id}', { params: { path: { id } }, ...AS_TEXT }));
      session.out.note(`Deleted ${id}.`);
    }),
  );

  withExample(
    endpoints
      .command('test')
      .description('send a test event to an endpoint')
      .argument('<id>', 'the endpoint')
      .addOption(typeOption())
      .option('--data <json>', 'its data: JSON, @file, or - for standard input'),
    'postrider endpoints test ep_01kapj1b6g2h4k6m8n0q3s5v7x',
    'see whether the receiver works',
  ).action((id, { type, data }) =>
    run(async (session) => {
      const dataText = data === undefined ? undefined : await dataOf(data, session.io);
      const members = [
        ...(type === undefined ? [] : [`"type":${JSON.stringify(type)}`]),
        ...(dataText === undefined ? [] : [`"data":${dataText}`]),
      ];
      const text = await session.text((client) =>
        client.POST('/v1/endpoints/{id}/test', {
          params: { path: { id } },
          ...jsonText(`{${members.join(',')}}`),
          ...AS_TEXT,
        }),
      );
      session.out.one<components['schemas']['Delivery']>(text, (delivery) => [
        ['delivery', delivery.id],
        ['status', delivery.status],
      ]);
    }),
  );

  withExample(
    endpoints
      .command('stats')
      .description('attempts of an endpoint, hour by hour (default: of the last day)')
      .argument('<id>', 'the endpoint')
      .addOption(sinceOption())
      .addOption(untilOption()),
    'postrider endpoints stats ep_01kapj1b6g2h4k6m8n0q3s5v7x',
    'how it did lately',
  ).action((id, range) =>
    run(async (session) => {
      const query = {
        ...(range.since !== undefined && { from: range.since }),
        ...(range.until !== undefined && { to: range.until }),
      };
      const text = await session.text((client) =>
        client.GET('/v1/endpoints/{id}/stats', { params: { path: { id }, query }, ...AS_TEXT }),
      );
      if (session.out.json) return session.out.data(text);
      const { hours, total }: components['schemas']['Stats'] = JSON.parse(text);
      session.out.items(
        [...hours, total].map((hour) => JSON.stringify(hour)),
        HOURS,
      );
    }),
  );
};

function patch(session: Session, id: string, text: string): Promise<string> {
  return session.text((client) =>
    client.PATCH('/v1/endpoints/{id}', { params: { path: { id } }, ...jsonText(text), ...AS_TEXT }),
  );
}
