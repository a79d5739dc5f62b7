import { keyText } from '../deliveries/ledger.ts';
import { firstMessage } from '../deliveries/message.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import { TEST_EVENT_TYPE } from '../deliveries/send-test.ts';
import { undecidedRecord } from '../deliveries/undecided.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { matches } from '../event-types/pattern.ts';
import { type EventRecord, fanoutIsDone, matchedEndpoints, notedEndpoints } from '../events/event.ts';
import { newStepBudget, spend } from '../fanout/step-budget.ts';
import { Problem } from '../problem.ts';
import type { Judgement } from '../subscriptions/filter.ts';
import type { Job, JobCursor } from './job.ts';
import { JobCannotRun, knownInSeconds, PAGE, type PagePorts, type PageResult } from './page.ts';

/** Where a copy may be on its way unseen, ours only fills a gap: by then the other has had its attempt. */
const DOUBT_DELAY_SECONDS = 60;
/** Payloads read at one time, for the filter. */
const PAYLOADS_AT_ONCE = 10;

/**
 * One page of events, newest first, that an endpoint would get now and never got: a first message each, marked as a
 * repeat, so that it claims its POST. The page ends early when its filter has taken its share of time.
 * @throws JobImpossible when the endpoint was deleted: nobody knows any more what it would get.
 */
export async function replayMissingPage(job: Job, cursor: JobCursor, ports: PagePorts): Promise<PageResult> {
  const endpointId = job.params.endpointId ?? '';
  const stretch = await ports.events.walk(job.tenant, job.params.range, cursor.after, PAGE);
  const found = (await ports.ledger.load([], [endpointId])).endpoints.get(endpointId);
  if (found === undefined) throw new JobCannotRun('The endpoint was deleted while the job ran.');
  const { endpoint, health } = found;
  const matching = stretch.found.map(({ item }) => item).filter((event) => isDue(event, endpoint));
  const missing = await withoutRecord(matching, endpoint, ports);
  const filtered = await filter(missing, endpoint, ports);
  const isSendable = ({ expiresAt }: EventRecord) =>
    endpoint.state !== 'disabled' && ports.clock() <= expiresAt - EXPIRY_MARGIN_MS;
  const sendable = filtered.passing.filter(isSendable);
  if (sendable.length > 0) {
    await ports.queue.send(
      sendable.map((event) => ({
        message: { ...firstMessage(event, endpointId), repeat: true },
        delaySeconds: isInDoubt(event) ? DOUBT_DELAY_SECONDS : knownInSeconds(endpoint, ports.clock()),
        lane: health.lane,
      })),
    );
  }
  // Where a copy may be on its way unseen, the record of a dead delivery would end it.
  for (const event of filtered.undecided.filter((one) => isSendable(one) && !isInDoubt(one))) {
    await ports.ledger.put(undecidedRecord(firstMessage(event, endpointId), ports.clock()), null);
  }
  const skipped = filtered.passing.length - sendable.length + filtered.undecided.length + filtered.unreadable;
  const last = filtered.stoppedAfter && stretch.found.find(({ item }) => item.id === filtered.stoppedAfter);
  const after = last ? last.position : stretch.next;
  return { sent: sendable.length, skipped, next: after === null ? null : { part: 0, after } };
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

interface Filtered {
  passing: EventRecord[];
  /** Those that the filter could not decide. */
  undecided: EventRecord[];
  /** Those that it cannot be asked of: their payload is gone. */
  unreadable: number;
  /** The event after which there was no more time for filters; undefined when all were asked. */
  stoppedAfter: string | undefined;
}

/** Asks the endpoint's filter of some events at a time, in their order. */
async function filter(events: EventRecord[], { filter }: Endpoint, ports: PagePorts): Promise<Filtered> {
  const filtered: Filtered = { passing: [], undecided: [], unreadable: 0, stoppedAfter: undefined };
  if (filter === null) return { ...filtered, passing: events };
  const budget = newStepBudget();
  for (let at = 0; at < events.length; at += PAYLOADS_AT_ONCE) {
    const some = events.slice(at, at + PAYLOADS_AT_ONCE);
    const texts = await Promise.all(some.map((event) => ports.payloads.get(event.payload).catch(unlessGone)));
    for (const [place, event] of some.entries()) {
      const text = texts[place];
      if (text === undefined) filtered.unreadable += 1;
      else {
        const { judgements, steps } = await ports.filters.judge(text, [filter], budget.left);
        spend(budget, text, steps);
        for (const judgement of judgements) sort(event, judgement, filtered);
      }
    }
    if (budget.left <= 0 && at + some.length < events.length) return { ...filtered, stoppedAfter: some.at(-1)?.id };
  }
  return filtered;
}

function sort(event: EventRecord, { verdict }: Judgement, filtered: Filtered): void {
  if (verdict === 'holds') filtered.passing.push(event);
  else if (verdict === 'undecided') filtered.undecided.push(event);
}

function unlessGone(fault: unknown): undefined {
  if (!(fault instanceof Problem) || fault.kind !== 'gone') throw fault;
}
