import { ApiError, type components } from '@postrider/client';
import { MINUTE_MS } from '../../core/durations.ts';
import { memberText } from '../../core/events/raw-json.ts';
import { Fault } from '../explain.ts';
import { type Group, withExample } from '../runtime/command.ts';
import { type Delivery, type EventState, hasEnded, readEvent, whyOf } from '../runtime/deliveries.ts';
import { Failed } from '../runtime/exit.ts';
import { elementsOf } from '../runtime/output.ts';
import { poll } from '../runtime/poll.ts';
import { Progress } from '../runtime/progress.ts';
import { AS_TEXT, type Session } from '../runtime/session.ts';
import { durationArgument } from '../runtime/time.ts';
import { dataOf } from './api.ts';
import { eventText, publish } from './events.ts';

/** How long to wait between looks: longer each time. */
const LOOK_MS = 250;
const LOOK_MS_MAX = 3_000;
const GROWTH = 1.3;
const TIMEOUT_MS = 5 * MINUTE_MS;
/** How many deliveries that were not made are named. */
const NAMED = 20;

/** `postrider trigger`: publishes an example. */
export const triggerCommand: Group = (root, run) => {
  withExample(
    root
      .command('trigger')
      .description("publish an event, by default the catalogue's example of its type; prints its id")
      .argument('<type>', 'the event type')
      .option('--data <json>', "its data instead of the catalogue's: JSON, @file, or - for standard input")
      .option('--tenant <name>', "whose it is (default: the key's, else default)")
      .option('--event-version <name>', "the version of the type (default: the catalogue's last)")
      .option('--wait', 'wait until every delivery has ended; exit 1 unless all were delivered')
      .option('--timeout <time>', 'how long to wait at most (default: 5m)', durationArgument),
    'postrider trigger order.created --tenant acme --wait',
    'see whether an order reaches the receivers of a tenant',
  ).action((type, { data, tenant, eventVersion, wait, timeout = TIMEOUT_MS }) =>
    run(async (session) => {
      const given = data === undefined ? undefined : await dataOf(data, session.io);
      const text = given ?? (await exampleData(session, type, eventVersion));
      const answer = await publish(session, eventText({ type, data: text, tenant, version: eventVersion }));
      const { id }: components['schemas']['PublishedEvent'] = JSON.parse(answer);
      if (wait !== true) return session.out.data(session.out.json ? answer : id);
      if (!session.out.json) session.out.data(id);
      await untilDelivered(session, id, timeout);
    }),
  );
};

/** The catalogue's example of an event type. @throws Fault if there is none. */
async function exampleData(session: Session, name: string, version: string | undefined): Promise<string> {
  const type = await session
    .text((client) => client.GET('/v1/event-types/{name}', { params: { path: { name } }, ...AS_TEXT }))
    .catch((fault: unknown) => {
      if (!(fault instanceof ApiError && fault.status === 404)) throw fault;
      throw new Fault(`The catalogue has no event type ${name}: pass --data.`);
    });
  const versions = elementsOf(memberText(type, 'versions') ?? '[]');
  const named = (text: string) => JSON.parse(memberText(text, 'version') ?? 'null') as string;
  const wanted = version === undefined ? versions.at(-1) : versions.find((text) => named(text) === version);
  if (wanted === undefined) {
    throw new Fault(`The event type ${name} has no version ${version}; it has: ${versions.map(named).join(', ')}.`);
  }
  const example = memberText(wanted, 'example') ?? 'null';
  if (example !== 'null') return example;
  throw new Fault(`The catalogue has no example of ${name}, version ${named(wanted)}: pass --data.`);
}

/**
 * Waits until every delivery of an event has ended, and prints the event with `--json`.
 * @throws Failed unless all were delivered.
 */
async function untilDelivered(session: Session, id: string, timeoutMs: number): Promise<void> {
  const progress = new Progress(session.io);
  const deadline = session.io.clock() + timeoutMs;
  let event: EventState | undefined;
  let lookMs = LOOK_MS;
  await poll(session, async () => {
    event = await readEvent(session, id);
    const isOver = allEnded(event);
    progress.show(stepOf(event), isOver);
    if (isOver || session.io.clock() >= deadline) return undefined;
    lookMs = Math.min(lookMs * GROWTH, LOOK_MS_MAX);
    return Math.max(0, Math.min(lookMs, deadline - session.io.clock()));
  });
  if (event === undefined) return;
  if (session.out.json) session.out.data(event.text);
  judge(session, event, timeoutMs);
}

const allEnded = ({ matched, deliveries }: EventState) =>
  matched !== null && deliveries.length >= matched && deliveries.every(({ delivery }) => hasEnded(delivery));

function stepOf({ matched, deliveries }: EventState) {
  const counts = Map.groupBy(deliveries, ({ delivery }) => delivery.status);
  const says = [...counts].map(([status, those]) => `${those.length} ${status}`).join(', ');
  const done = deliveries.filter(({ delivery }) => hasEnded(delivery)).length;
  return { done, of: matched, says: says || (matched === null ? 'looking for endpoints' : 'no deliveries') };
}

/** Says what became of the deliveries. @throws Failed unless all were delivered. */
function judge({ out }: Session, event: EventState, timeoutMs: number): void {
  const { matched, deliveries } = event;
  if (matched === null) {
    out.note(`The event was not fanned out within ${timeoutMs / 1000} s: see postrider doctor.`);
    throw new Failed();
  }
  if (matched === 0) {
    out.note('No endpoint of its tenant wants this event: see postrider endpoints list.');
    throw new Failed();
  }
  const others = deliveries.map(({ delivery }) => delivery).filter(({ status }) => status !== 'delivered');
  const missing = matched - deliveries.length;
  if (others.length === 0 && missing <= 0) return;
  const isOver = allEnded(event);
  out.note(isOver ? 'Not all were delivered:' : `Not all were delivered within ${timeoutMs / 1000} s:`);
  for (const delivery of others.slice(0, NAMED)) out.note(`  ${verdictOf(delivery)}`);
  const unnamed = others.length - NAMED + Math.max(0, missing);
  if (unnamed > 0) out.note(`  and ${unnamed} more`);
  throw new Failed();
}

function verdictOf(delivery: Delivery): string {
  const why = whyOf(delivery);
  return `${delivery.id} ${delivery.status}${why === null ? '' : ` (${why})`}`;
}
