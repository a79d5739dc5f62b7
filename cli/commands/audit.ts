import type { components } from '@postrider/client';
import { UsageFault } from '../explain.ts';
import {
  allOption,
  type Group,
  given,
  limitOption,
  sinceOption,
  tenantOption,
  untilOption,
  withExample,
} from '../runtime/command.ts';
import type { ShowTime } from '../runtime/output.ts';
import { poll } from '../runtime/poll.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';

type Entry = components['schemas']['AuditEntry'];

/** How often to look for new entries. */
const LOOK_MS = 5_000;
/** How much later than it happened an entry may appear in the list. */
const LATE_MS = 10 * 60_000;

const COLUMNS = [
  { heading: 'at', value: ({ at }: Entry, time: ShowTime) => time(at), width: 19 },
  { heading: 'who', value: ({ actor }: Entry) => actor.name, width: 20 },
  { heading: 'action', value: ({ action }: Entry) => action, width: 20 },
  { heading: 'object', value: ({ object }: Entry) => object, width: 29 },
  { heading: 'tenant', value: ({ tenant }: Entry) => tenant ?? '', width: 12 },
  { heading: 'by', value: ({ actor }: Entry) => actor.id },
] as const;

/** `postrider audit`: who did what. */
export const auditCommands: Group = (root, run) => {
  const audit = root.command('audit').description('who did what');

  withExample(
    audit
      .command('list')
      .description('list changes and other acts, newest first')
      .option('--follow', 'first the last ones, oldest first, then new ones as they come, until Ctrl-C')
      .option('--actor <id>', 'who did it: the id of a key, an ARN, or postrider')
      .option('--action <action>', 'such as endpoint.updated, or endpoint for all of a kind')
      .option('--object <id>', 'what it was done to: an id, or the name of an event type')
      .addOption(tenantOption())
      .addOption(sinceOption())
      .addOption(untilOption())
      .addOption(limitOption())
      .addOption(allOption()),
    'postrider audit list --object ep_01kapj1b6g2h4k6m8n0q3s5v7x --since 7d',
    'who changed an endpoint in the last week',
  ).action(({ limit, all, follow, actor, action, object, tenant, since, until }) =>
    run(async (session) => {
      const filters = given({ actor, action, object, tenant });
      if (follow === true) {
        if (until !== undefined || all === true)
          throw new UsageFault('--follow has no end: leave out --until and --all.');
        return followEntries(session, filters, { since, limit });
      }
      const query = { ...filters, ...given({ from: since, to: until }) };
      await session.list({ limit, all }, COLUMNS, (client, from) =>
        client.GET('/v1/audit', { params: { query: { ...query, ...from } }, ...AS_TEXT }),
      );
    }),
  );
};

type Filters = { actor?: string; action?: string; object?: string; tenant?: string };

/** Prints the last entries, and then those that come, each once. */
async function followEntries(
  session: Session,
  filters: Filters,
  { since, limit }: { since: string | undefined; limit: number },
): Promise<void> {
  const read = (range: { from?: string }, wanted?: number) =>
    session.items(
      (client, from) => client.GET('/v1/audit', { params: { query: { ...filters, ...range, ...from } }, ...AS_TEXT }),
      wanted,
    );
  /** When each of the latest entries was made, by id: those that the next look finds again. */
  const known = new Map<string, number>();
  const note = (texts: readonly string[], isNew: (text: string) => void) => {
    for (const text of texts.toReversed()) {
      const { id, at }: Entry = JSON.parse(text);
      if (!known.has(id)) isNew(text);
      known.set(id, Date.parse(at));
    }
  };
  const print = (text: string) => session.out.item(text, COLUMNS);
  /** From when on entries may still appear. */
  const lateFrom = (atMs: number) => {
    const from = new Date(atMs - LATE_MS).toISOString();
    return { from: since !== undefined && since > from ? since : from };
  };

  let lookedAt: number | undefined;
  await poll(session, async () => {
    const earlier = lookedAt;
    if (earlier === undefined) {
      const last = await read(given({ from: since }), since === undefined ? limit : undefined);
      note(last, print);
      lookedAt = session.apiClock();
      // Those that are older than the last ones are not new when a later look finds them.
      const isNew = (text: string) => last.length < limit || timeOf(text) > timeOf(last.at(-1) ?? '');
      note(await read(lateFrom(lookedAt)), (text) => isNew(text) && print(text));
    } else {
      lookedAt = session.apiClock();
      note(await read(lateFrom(earlier)), print);
      for (const [id, at] of known) if (at < earlier - 2 * LATE_MS) known.delete(id);
    }
    return LOOK_MS;
  });
}

const timeOf = (text: string) => Date.parse((JSON.parse(text) as Entry).at);
