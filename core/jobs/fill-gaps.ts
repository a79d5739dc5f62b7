import { keyText } from '../deliveries/ledger.ts';
import { firstMessage } from '../deliveries/message.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { type EventRecord, fanoutIsDone, matchedEndpoints } from '../events/event.ts';
import { notedEndpoints } from '../events/read.ts';
import { TEST_EVENT_TYPE } from '../events/send-test.ts';
import type { JsonValue } from '../filters/filter.ts';
import { inParallel } from '../parallel.ts';
import { Problem } from '../problem.ts';
import { matches } from '../subscriptions/pattern.ts';
import type { Job, JobCursor } from './job.ts';
import { JobImpossible, knownInSeconds, PAGE, type PagePorts, type PageWork } from './page.ts';

/** Where a copy may be on its way unseen, ours only fills a gap: by then the other has had its attempt. */
const DOUBT_DELAY_SECONDS = 60;
/** Payloads read at one time, for the filter. */
const PAYLOADS_AT_ONCE = 10;

/**
 * One page of events, newest first, that an endpoint would get now and never got: a first message each, marked as a
 * repeat, so that it claims its POST.
 * @throws JobImpossible when the endpoint was deleted: nobody knows any more what it would get.
 */
export async function fillGapsPage(job: Job, cursor: JobCursor, ports: PagePorts): Promise<PageWork> {
  const endpointId = job.params.endpointId ?? '';
  const stretch = await ports.events.walk(job.tenant, job.params.range, cursor.after, PAGE);
  const next = stretch.next === null ? null : { part: 0, after: stretch.next };
  const found = (await ports.ledger.load([], [endpointId])).endpoints.get(endpointId);
  if (found === undefined) throw new JobImpossible('The endpoint was deleted while the job ran.');
  const { endpoint, health } = found;
  const matching = stretch.found.map(({ item }) => item).filter((event) => isDue(event, endpoint));
  const { missing, unreadable } = await passing(await withoutRecord(matching, endpoint, ports), endpoint, ports);
  const sendable = missing.filter(
    ({ expiresAt }) => endpoint.state !== 'disabled' && ports.clock() <= expiresAt - EXPIRY_MARGIN_MS,
  );
  if (sendable.length > 0) {
    await ports.queue.send(
      sendable.map((event) => ({
        message: { ...firstMessage(event, endpointId), repeat: true },
        delaySeconds: isInDoubt(event) ? DOUBT_DELAY_SECONDS : knownInSeconds(endpoint, ports.clock()),
        lane: health.lane,
      })),
    );
  }
  return { sent: sendable.length, skipped: missing.length - sendable.length + unreadable, next };
}

/** Whether an event is for the endpoint and its fan-out, which is over, has passed the endpoint by. */
function isDue(event: EventRecord, { id, tenant, eventTypes }: Endpoint): boolean {
  if (event.tenant !== tenant || event.type === TEST_EVENT_TYPE || !fanoutIsDone(event)) return false;
  return matches(eventTypes, event.type) && !notedEndpoints(event).includes(id);
}

/** A large fan-out notes a hundred of its endpoints: whether this one was among the others, nobody can tell. */
function isInDoubt(event: EventRecord): boolean {
  return (matchedEndpoints(event) ?? 0) > notedEndpoints(event).length;
}

async function withoutRecord(events: EventRecord[], { id }: Endpoint, ports: PagePorts): Promise<EventRecord[]> {
  const keyOf = (event: EventRecord) => ({ eventId: event.id, endpointId: id });
  if (events.length === 0) return [];
  const { records } = await ports.ledger.load(events.map(keyOf), []);
  return events.filter((event) => !records.has(keyText(keyOf(event))));
}

/** The events that the endpoint's filter lets through, and how many it cannot be asked of: their payload is gone. */
async function passing(
  events: EventRecord[],
  { filter }: Endpoint,
  ports: PagePorts,
): Promise<{ missing: EventRecord[]; unreadable: number }> {
  if (filter === null) return { missing: events, unreadable: 0 };
  const kept = new Set<string>();
  let unreadable = 0;
  await inParallel(events, PAYLOADS_AT_ONCE, async (event) => {
    const text = await ports.payloads.get(event.payload).catch(unlessGone);
    if (text === undefined) unreadable += 1;
    else if (ports.filters.holds(filter, envelopeOf(text))) kept.add(event.id);
  });
  return { missing: events.filter(({ id }) => kept.has(id)), unreadable };
}

const envelopeOf = (text: string): JsonValue => JSON.parse(text);

function unlessGone(fault: unknown): undefined {
  if (!(fault instanceof Problem) || fault.kind !== 'gone') throw fault;
}
