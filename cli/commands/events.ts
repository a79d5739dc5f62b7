import { type components, jsonText } from '@postrider/client';
import { memberText } from '../../core/events/raw-json.ts';
import { UsageFault } from '../explain.ts';
import {
  allOption,
  type Group,
  given,
  limitOption,
  sinceOption,
  tenantOption,
  typeOption,
  untilOption,
  withExample,
} from '../runtime/command.ts';
import { type Column, elementsOf, type ShowTime } from '../runtime/output.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { dataOf } from './api.ts';

type Schemas = components['schemas'];
type Event = Schemas['Event'];

/** As many events as one request takes. */
const EVENTS_A_REQUEST = 100;

const COLUMNS: readonly Column<Event>[] = [
  { heading: 'id', value: ({ id }) => id },
  { heading: 'tenant', value: ({ tenant }) => tenant },
  { heading: 'type', value: ({ type }) => type },
  { heading: 'accepted', value: (event, time) => time(event.accepted_at) },
  { heading: 'bytes', value: (event) => event.size_bytes },
  { heading: 'deliveries', value: deliveriesOf },
];

/** The deliveries in words: `2 delivered, 1 dead`. */
function deliveriesOf({ deliveries, matched_endpoints: matched }: Event): string {
  if (matched === null) return 'not yet known';
  const counts = Map.groupBy(deliveries, ({ status }) => status);
  const shown = [...counts].map(([status, those]) => `${those.length} ${status}`);
  if (matched > deliveries.length) shown.push(`${matched - deliveries.length} more`);
  return shown.join(', ') || 'none';
}

const fieldsOf = (event: Event, time: ShowTime) => [
  ['id', event.id] as const,
  ['tenant', event.tenant] as const,
  ['type', event.type] as const,
  ['version', event.version] as const,
  ['timestamp', time(event.timestamp)] as const,
  ['accepted', time(event.accepted_at)] as const,
  ['bytes', event.size_bytes] as const,
  ...Object.entries(event.metadata ?? {}).map(([name, value]) => [`metadata ${name}`, value] as const),
  ['resource URL', event.resource_url] as const,
  ['endpoints', event.matched_endpoints ?? 'not yet known'] as const,
  ...event.deliveries.map(({ id, status }) => ['delivery', `${id} ${status}`] as const),
];

/** `postrider events`: what producers publish. */
export const eventCommands: Group = (root, run) => {
  const events = root.command('events').description('what producers publish');

  withExample(
    events
      .command('list')
      .description('list events, newest first')
      .addOption(tenantOption())
      .addOption(typeOption())
      .option('--idempotency-key <key>', 'the one that was published with this key')
      .addOption(sinceOption())
      .addOption(untilOption())
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider events list --tenant acme --type order.created --since 1h',
    'the orders of the last hour',
  ).action(({ limit, all, tenant, type, since, until, idempotencyKey }) =>
    run((session) => {
      const filters = given({ tenant, type, from: since, to: until, idempotency_key: idempotencyKey });
      return session.list({ limit, all }, COLUMNS, (client, from) =>
        client.GET('/v1/events', { params: { query: { ...filters, ...from } }, ...AS_TEXT }),
      );
    }),
  );

  withExample(
    events
      .command('get')
      .description('show an event and its deliveries')
      .argument('<id>', 'the event')
      .option('--data', 'its payload instead, byte for byte; with --json in addition'),
    'postrider events get evt_01kapj3m40e7c1p3d9t5v8x2zq --data',
    'what was published',
  ).action((id, { data }) =>
    run(async (session) => {
      const query = data === true ? { include: 'data' as const } : {};
      const text = await session.text((client) =>
        client.GET('/v1/events/{id}', { params: { path: { id }, query }, ...AS_TEXT }),
      );
      if (data === true && !session.out.json) return session.out.data(memberText(text, 'data') ?? '');
      session.out.one(text, fieldsOf);
      if (session.out.json) return;
      const { matched_endpoints: matched, deliveries }: Event = JSON.parse(text);
      if ((matched ?? 0) > deliveries.length) {
        session.out.note(`Not all of its deliveries: see postrider deliveries list --event ${id} --all`);
      }
    }),
  );

  withExample(
    events
      .command('publish')
      .description('publish an event, or the events of a file; prints their ids')
      .option('--type <name>', 'the event type')
      .option('--data <json>', 'its data: JSON, @file, or - for standard input')
      .option('--tenant <name>', "whose it is (default: the key's, else default)")
      .option('--event-version <name>', 'the version of its type')
      .option('--idempotency-key <key>', 'repeated with the same key, it is the same event')
      .option('--metadata <name=value...>', 'sent with its webhooks')
      .option(
        '--file <path>',
        'instead of all these: a JSON file with an event or a list of them; - for standard input',
      ),
    'postrider events publish --type order.created --data \'{"order_id":"ord_98765"}\' --tenant acme',
    'publish an event of a tenant',
  ).action(({ file, ...event }) =>
    run(async (session) => {
      if (file !== undefined) {
        if (Object.keys(event).length > 0) throw new UsageFault('--file holds whole events: pass it alone.');
        return publishFile(session, file);
      }
      const { type, data } = event;
      if (type === undefined || data === undefined) throw new UsageFault('Pass --type and --data, or --file.');
      const text = eventText({ ...event, type, version: event.eventVersion, data: await dataOf(data, session.io) });
      report(session, await publish(session, text));
    }),
  );
};

/** What an event is made of. `data` is JSON. */
export interface EventParts {
  readonly type: string;
  readonly data: string;
  readonly tenant?: string | undefined;
  readonly version?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** Pairs of name and value, an equals sign between them. */
  readonly metadata?: readonly string[] | undefined;
}

/** An event as JSON, its data exactly as it is written. @throws UsageFault if a pair of the metadata is none. */
export function eventText({ type, data, tenant, version, idempotencyKey, metadata }: EventParts): string {
  const pairs = metadata?.map((pair) => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === '') throw new UsageFault(`--metadata takes name=value; "${pair}" is none.`);
    return [name, value] as const;
  });
  const rest = given({
    type,
    tenant,
    version,
    idempotency_key: idempotencyKey,
    metadata: pairs && Object.fromEntries(pairs),
  });
  return `${JSON.stringify(rest).slice(0, -1)},"data":${data}}`;
}

/** Publishes an event or a list of them. @returns the answer. */
export function publish(session: Session, text: string): Promise<string> {
  return session.text((client) => client.POST('/v1/events', { ...jsonText(text), ...AS_TEXT }));
}

/** Prints the ids of what was published. */
function report({ out }: Session, text: string): void {
  if (out.json) {
    out.data(text);
    return;
  }
  const answer: Schemas['Published'] = JSON.parse(text);
  for (const { id, duplicate } of 'events' in answer ? answer.events : [answer]) {
    if (duplicate) out.note(`${id} was published before, with this idempotency key.`);
    out.data(id);
  }
}

/** Publishes what a file holds: a long list in several requests. */
async function publishFile(session: Session, path: string): Promise<void> {
  const text = await dataOf(path === '-' ? '-' : `@${path}`, session.io, '--file');
  if (!text.trimStart().startsWith('[')) return report(session, await publish(session, text));
  const events = elementsOf(text);
  if (events.length === 0) throw new UsageFault('The list is empty: there is nothing to publish.');
  for (let at = 0; at < events.length; at += EVENTS_A_REQUEST) {
    if (at > 0) session.out.note(`Published ${at} of ${events.length}.`);
    report(session, await publish(session, `[${events.slice(at, at + EVENTS_A_REQUEST).join(',')}]`));
  }
}
