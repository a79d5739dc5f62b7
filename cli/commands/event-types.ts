import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type components, jsonText } from '@postrider/client';
import { isObject } from '../../core/json.ts';
import { Fault } from '../explain.ts';
import { allOption, type Group, limitOption, withExample, yesOption } from '../runtime/command.ts';
import { Failed } from '../runtime/exit.ts';
import type { Column } from '../runtime/output.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { dataOf } from './api.ts';

type EventType = components['schemas']['EventType'];

const COLUMNS: readonly Column<EventType>[] = [
  { heading: 'name', value: ({ name }) => name },
  { heading: 'versions', value: ({ versions }) => versions.map(({ version }) => version).join(' ') },
  { heading: 'schema', value: ({ versions }) => (versions.at(-1)?.schema == null ? 'any data' : 'checked') },
  { heading: 'changed', value: (type, time) => time(type.updated_at) },
  { heading: 'description', value: ({ description }) => description },
];

/** How a folder's event types differ from the catalogue's. */
interface Difference {
  readonly name: string;
  readonly what: 'new' | 'changed' | 'not in the folder';
}

/** `postrider event-types`: the catalogue, by hand or from a folder of schemas in version control. */
export const eventTypeCommands: Group = (root, run) => {
  const types = root.command('event-types').description('the catalogue of event types');

  withExample(
    types.command('list').description('list event types, newest first').addOption(limitOption()).addOption(allOption()),
    'postrider event-types list --all',
    'the whole catalogue',
  ).action((list) =>
    run((session) =>
      session.list(list, COLUMNS, (client, from) =>
        client.GET('/v1/event-types', { params: { query: from }, ...AS_TEXT }),
      ),
    ),
  );

  withExample(
    types
      .command('get')
      .description('print an event type with its schemas, as JSON')
      .argument('<name>', 'the event type'),
    'postrider event-types get order.created',
    'its versions, schemas and examples',
  ).action((name) => run(async (session) => session.out.data(await read(session, name))));

  withExample(
    types
      .command('put')
      .description('create an event type, or add versions to it')
      .argument('<name>', 'the event type')
      .requiredOption('--data <json>', 'description and versions: JSON, @file, or - for standard input'),
    'postrider event-types put order.created --data @order.created.json',
    'events of this type are checked against its schema',
  ).action((name, { data }) =>
    run(async (session) => {
      const text = await put(session, name, await dataOf(data, session.io));
      if (session.out.json) session.out.data(text);
      else session.out.note(`${name} is in the catalogue.`);
    }),
  );

  withExample(
    types
      .command('delete')
      .description('delete an event type; its events are no longer checked')
      .argument('<name>', 'the event type')
      .addOption(yesOption()),
    'postrider event-types delete order.created',
    'take it out of the catalogue',
  ).action((name, options) =>
    run(async (session) => {
      await session.confirm(`Deleting ${name} ends the checks of its events.`, options);
      await session.text((client) =>
        client.DELETE('/v1/event-types/{name}', { params: { path: { name } }, ...AS_TEXT }),
      );
      session.out.note(`Deleted ${name}.`);
    }),
  );

  withExample(
    types
      .command('diff')
      .description(
        'compare a folder with the catalogue: a file <name>.json for each event type; exit code 1 if they differ',
      )
      .argument('<folder>', 'with the files'),
    'postrider event-types diff schemas/',
    'in a pull request: what a push would change',
  ).action((folder) =>
    run(async (session) => {
      const differences = await compare(session, readFolder(folder));
      session.out.items(
        differences.map((one) => JSON.stringify(one)),
        [
          { heading: 'event type', value: ({ name }: Difference) => name },
          { heading: 'difference', value: ({ what }: Difference) => what },
        ],
      );
      if (differences.length > 0) throw new Failed();
    }),
  );

  withExample(
    types
      .command('push')
      .description('put what is new or changed in a folder into the catalogue; nothing is deleted')
      .argument('<folder>', 'with a file <name>.json for each event type'),
    'postrider event-types push schemas/',
    'after a merge: the catalogue is what the repository says',
  ).action((folder) =>
    run(async (session) => {
      const files = readFolder(folder);
      const wanted = (await compare(session, files)).filter(({ what }) => what !== 'not in the folder');
      for (const { name, what } of wanted) {
        await put(session, name, files.get(name) ?? '');
        session.out.data(session.out.json ? JSON.stringify({ name, what }) : `${name}\t${what}`);
      }
      session.out.note(wanted.length === 0 ? 'Nothing to do.' : `Pushed ${wanted.length} of ${files.size}.`);
    }),
  );
};

function read(session: Session, name: string): Promise<string> {
  return session.text((client) => client.GET('/v1/event-types/{name}', { params: { path: { name } }, ...AS_TEXT }));
}

function put(session: Session, name: string, text: string): Promise<string> {
  return session.text((client) =>
    client.PUT('/v1/event-types/{name}', { params: { path: { name } }, ...jsonText(text), ...AS_TEXT }),
  );
}

/** The text of each file, by the name of its event type. @throws Fault naming a file that is no JSON object. */
function readFolder(folder: string): Map<string, string> {
  const names = listing(folder).filter((file) => file.endsWith('.json'));
  if (names.length === 0) throw new Fault(`${folder} has no file such as order.created.json.`);
  return new Map(
    names.sort().map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      if (!isObject(parsed(text))) throw new Fault(`${join(folder, file)} is no JSON object: correct it.`);
      return [basename(file, '.json'), text];
    }),
  );
}

function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new Fault(`${folder} cannot be read: pass a folder.`, { cause });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function compare(session: Session, files: ReadonlyMap<string, string>): Promise<Difference[]> {
  const stored = new Map<string, EventType>();
  let cursor: string | undefined;
  do {
    const query = { limit: 100, ...(cursor !== undefined && { cursor }) };
    const text = await session.text((client) => client.GET('/v1/event-types', { params: { query }, ...AS_TEXT }));
    const page: components['schemas']['EventTypePage'] = JSON.parse(text);
    for (const type of page.data) stored.set(type.name, type);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  const inFolder = [...files].flatMap(([name, text]): Difference[] => {
    const type = stored.get(name);
    if (type === undefined) return [{ name, what: 'new' }];
    return canonical(fromFile(text)) === canonical(fromCatalogue(type)) ? [] : [{ name, what: 'changed' }];
  });
  const others = [...stored.keys()]
    .filter((name) => !files.has(name))
    .map((name) => ({ name, what: 'not in the folder' }) as const);
  return [...inFolder, ...others];
}

/** A file as the catalogue would show it: the short form is that of one version. */
function fromFile(text: string) {
  const {
    description = '',
    group = null,
    deprecated = false,
    versions,
    version = '1',
    schema,
    example,
  } = JSON.parse(text);
  const hasShort = schema !== undefined || example !== undefined;
  const given: { version: string; schema?: unknown; example?: unknown }[] =
    versions ?? (hasShort ? [{ version, schema, example }] : []);
  return {
    description,
    group,
    deprecated,
    versions: given.map((one) => ({ version: one.version, schema: one.schema ?? null, example: one.example ?? null })),
  };
}

function fromCatalogue({ description, group, deprecated, versions }: EventType) {
  return {
    description,
    group,
    deprecated,
    versions: versions.map(({ version, schema, example }) => ({ version, schema, example: example ?? null })),
  };
}

/** JSON text with the members of every object in order, so that the same content is the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isObject(one) && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
