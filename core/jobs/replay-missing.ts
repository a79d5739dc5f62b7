import { keyText } from '../deliveries/ledger.ts';
import { firstMessage } from '../deliveries/message.ts';
import { EXPIRY_MARGIN_MS } from '../deliveries/outcome.ts';
import { TEST_EVENT_TYPE } from '../deliveries/send-test.ts';
import { undecidedRecord } from '../deliveries/undecided.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { matches } from '../event-types/pattern.ts';
import { type EventRecord, fanoutIsDone, matchedEndpoints, notedEndpoints } from '../events/event.ts';
import { newStepBudget, spend } from '../fanout/select-endpoints.ts';
import { Problem } from '../problem.ts';
import type { FilterResult } from '../subscriptions/filter.ts';
import type { JobCursor, JobScope } from './job.ts';
import { cacheExpirySeconds, JobCannotRun, PAGE, type PagePorts, type PageResult } from './page.ts';

/** If another copy may be on its way, ours only fills a gap: after this delay the other one has had its attempt. */
const DOUBT_DELAY_SECONDS = 60;
/** Payloads that are read at a time, for the filter. */
const PAYLOADS_AT_ONCE = 10;

/**
 * One page of events, newest first, that an endpoint would get now and never received: a first message each, marked as
 * a repeat, so that it claims its POST. The page ends early when the filter's step budget is spent.
 * @throws JobCannotRun when the endpoint was deleted: its event types and filter are unknown.
 */
export async function replayMissingPage(job: JobScope, cursor: JobCursor, ports: PagePorts): Promise<PageResult> {
  const endpointId = job.params.endpointId ?? '';
  const segment = await ports.events.walk(job.tenant, job.params.range, cursor.after, PAGE);
  const found = (await ports.ledger.load([], [endpointId])).endpoints.get(endpointId);
  if (found === undefined) throw new JobCannotRun('The endpoint was deleted while the job ran.');
  const { endpoint, health } = found;
  const matching = segment.found.map(({ item }) => item).filter((event) => isDue(event, endpoint));
  const missing = await withoutRecord(matching, endpoint, ports);
  const filtered = await filter(missing, endpoint, ports);
  const isSendable = ({ expiresAt }: EventRecord) =>
    endpoint.state !== 'disabled' && ports.clock() <= expiresAt - EXPIRY_MARGIN_MS;
  const sendable = filtered.passing.filter(isSendable);
  if (sendable.length > 0) {
    await ports.queue.send(
      sendable.map((event) => ({
        message: { ...firstMessage(event, endpointId), repeat: true, byJob: true },
        delaySeconds: isInDoubt(event) ? DOUBT_DELAY_SECONDS : cacheExpirySeconds(endpoint, ports.clock()),
        lane: health.lane,
      })),
    );
  }
  // If another copy may be on its way, a record of a dead delivery would stop it.
  for (const event of filtered.undecided.filter((one) => isSendable(one) && !isInDoubt(one))) {
    const first = firstMessage(event, endpointId);
    if (await ports.ledger.put(undecidedRecord(first, ports.clock()), null)) ports.died?.(first);
  }
  const skipped = filtered.passing.length - sendable.length + filtered.undecided.length + filtered.unreadable;
  const last = filtered.stoppedAfter && segment.found.find(({ item }) => item.id === filtered.stoppedAfter);
  const after = last ? last.position : segment.next;
  return { sent: sendable.length, skipped, next: after === null ? null : { part: 0, after } };
}

/** Whether an event is for the endpoint, and its completed fan-out did not include the endpoint. */
function isDue(event: EventRecord, { id, tenant, eventTypes }: Endpoint): boolean {
  if (event.tenant !== tenant || event.type === TEST_EVENT_TYPE || !fanoutIsDone(event)) return false;
  return matches(eventTypes, event.type) && !notedEndpoints(event).includes(id);
}

/** A large fan-out notes only 100 of its endpoints: whether this one was among the others is unknown. */
function isInDoubt(event: EventRecord): boolean {
  return (matchedEndpoints(event) ?? 0) > notedEndpoints(event).length;
}

async function withoutRecord(events: EventRecord[], { id }: Endpoint, ports: PagePorts): Promise<EventRecord[]> {
  const keyOf = (event: EventRecord) => ({ eventId: event.id, endpointId: id, wide: event.wide });
  if (events.length === 0) return [];
  const { records } = await ports.ledger.load(events.map(keyOf), []);
  return events.filter((event) => !records.has(keyText(keyOf(event))));
}

interface Filtered {
  passing: EventRecord[];
  /** Events that the filter left undecided. */
  undecided: EventRecord[];
  /** Events whose payload is gone, so that the filter cannot be evaluated. */
  unreadable: number;
  /** The event after which the step budget was spent; undefined if all were evaluated. */
  stoppedAfter: string | undefined;
}

/** Evaluates the endpoint's filter on a few events at a time, in order. */
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

function sort(event: EventRecord, { verdict }: FilterResult, filtered: Filtered): void {
  if (verdict === 'match') filtered.passing.push(event);
  else if (verdict === 'undecided') filtered.undecided.push(event);
}

function unlessGone(fault: unknown): undefined {
  if (!(fault instanceof Problem) || fault.kind !== 'gone') throw fault;
}
