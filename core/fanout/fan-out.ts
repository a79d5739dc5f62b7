import type { Clock } from '../clock.ts';
import type { DeliveryLedger } from '../deliveries/ledger.ts';
import { type DeliveryQueue, firstMessage, type OutgoingDelivery, type UnsentDelivery } from '../deliveries/message.ts';
import { undecidedRecord } from '../deliveries/undecided.ts';
import { patternsMatching } from '../event-types/pattern.ts';
import type { AcceptedEvent } from '../events/accepted.ts';
import {
  type EventRecord,
  type FanoutLedger,
  type FanoutPage,
  NOTED_ENDPOINTS_MAX,
  type PayloadReader,
} from '../events/event.ts';
import { inParallel } from '../parallel.ts';
import { hourOf, type Tally, tallyOfFilter } from '../stats/tally.ts';
import type { FilterEngine } from '../subscriptions/filter.ts';
import type { Subscription, SubscriptionReader } from '../subscriptions/subscription.ts';
import { findPage, isChanging, type NextPage } from './find-page.ts';
import type { FanoutMessage, PageCursor } from './message.ts';
import { isFiltered, newStepBudget, type Selection, type StepBudget, selectEndpoints } from './select-endpoints.ts';

/** The fan-out queue, for the further pages of a large fan-out. */
export interface PageQueue {
  send(message: FanoutMessage): Promise<void>;
}

export interface FanoutPorts {
  payloads: PayloadReader;
  filters: Pick<FilterEngine, 'judge'>;
  subscriptions: SubscriptionReader;
  ledger: FanoutLedger;
  /** The ledger's deliveries: an undecided delivery gets a record at once. */
  records: Pick<DeliveryLedger, 'put'>;
  deliveries: DeliveryQueue;
  pages: PageQueue;
  clock: Clock;
  /** Called when an evaluation failed because of an error on our side. */
  filterFailed: (fault: string) => void;
}

/** A producer's repeat only fills gaps: after this delay, the first copy has had its attempt. */
const REPEAT_DELAY_SECONDS = 60;
/** A redelivered message has passed its visibility timeout: nearly all deliveries of its first run are done. */
const REDELIVERY_DELAY_SECONDS = 5;

/** The result of one message, for the log and for statistics. */
export interface FanOutResult {
  events: number;
  /** Events whose page was done before. */
  skipped: number;
  deliveries: number;
  /** Tallies of filters that failed or were undecided. */
  tallies: Tally[];
}

interface PageWork {
  tenant: string;
  event: AcceptedEvent;
  page: number;
  /** How many endpoint ids earlier pages noted. */
  noted: number;
  choice: Selection;
  last: boolean;
  /** Where a further page begins. */
  from: string | undefined;
  /** Delay in seconds if a copy may already be on its way; undefined if there is none. */
  repeatInSeconds: number | undefined;
}

/**
 * Fans out one message of the fan-out queue: finds the subscribed endpoints, filters, sends one delivery message each.
 * Sends first, then notes the page on the event; a crash in between sends again, marked as a repeat.
 * @param redelivered whether SQS may have delivered this message before.
 */
export async function fanOut(message: FanoutMessage, redelivered: boolean, ports: FanoutPorts): Promise<FanOutResult> {
  const { tenant, events, cursor } = message;
  const started = await startedEvents(events, redelivered, ports);
  const pages = await Promise.all(
    events.map((event) => loadPage({ tenant, event, cursor, record: started.get(event.id), redelivered }, ports)),
  );
  const open = pages.filter((one) => one !== 'done before');
  const works: PageWork[] = [];
  const budget = newStepBudget();
  // One after another: each spends the budget that the previous ones left.
  for (const one of open) {
    const work = await decide(one, budget, ports);
    if (work !== 'deferred') works.push(work);
  }
  const messages = works.flatMap(deliveriesOf);
  if (messages.length > 0) await ports.deliveries.send(messages);
  await inParallel(works.flatMap(undecidedOf), RECORDS_AT_ONCE, (message) => recordUndecided(message, ports));
  await Promise.all(works.map((work) => ports.ledger.notePage(work.event.id, work.page, noteOf(work))));
  const skipped = pages.length - open.length;
  const tallies = works.flatMap((work) => talliesOf(work, ports.clock()));
  return { events: works.length, skipped, deliveries: messages.length, tallies };
}

/** Records of undecided deliveries that are written at a time. */
const RECORDS_AT_ONCE = 20;

/** Only repeats cost a read of what was done before. */
async function startedEvents(events: AcceptedEvent[], redelivered: boolean, ports: FanoutPorts) {
  const doubtful = events.filter((event) => redelivered || event.repeat);
  return doubtful.length === 0 ? new Map<string, EventRecord>() : ports.ledger.find(doubtful.map((event) => event.id));
}

interface Task {
  tenant: string;
  event: AcceptedEvent;
  cursor: PageCursor | undefined;
  record: EventRecord | undefined;
  redelivered: boolean;
}

/** An event with the page of subscriptions that may be for it. */
interface LoadedPage extends Omit<Task, 'record'> {
  from: string | undefined;
  repeat: boolean;
  eligible: Subscription[];
  /** Where the fan-out continues after the page. */
  next: NextPage | undefined;
  /** Its JSON text, read only if there is a filter. */
  envelope: string | undefined;
}

async function loadPage({ record, ...task }: Task, ports: FanoutPorts): Promise<LoadedPage | 'done before'> {
  const { tenant, event, cursor, redelivered } = task;
  const from = cursor && `${cursor.pattern}#${cursor.after ?? ''}`;
  const done = record?.fanout[cursor?.page ?? 0];
  // A page that began elsewhere also ended elsewhere: skipping this one could leave a gap.
  if (done !== undefined && done.from === from) return 'done before';
  const repeat = redelivered || event.repeat === true;
  const { entries, next } = await findPage(tenant, event, cursor, ports);
  const eligible = entries.filter((entry) => !repeat || entry.createdAt <= event.acceptedAt);
  const envelope = isFiltered(eligible)
    ? (event.payload.inline ?? (await ports.payloads.get(event.payload)))
    : undefined;
  return { ...task, from, repeat, eligible, next, envelope };
}

/** Evaluates the filters, and sends the rest of the page and the next page as messages of their own. */
async function decide(loaded: LoadedPage, budget: StepBudget, ports: FanoutPorts): Promise<PageWork | 'deferred'> {
  const { tenant, event, cursor, from, repeat, redelivered, eligible } = loaded;
  const choice = await selectEndpoints(loaded.envelope, eligible, budget, ports.filters);
  for (const fault of choice.faults) ports.filterFailed(fault);
  const isAll = choice.done === eligible.length;
  const noted = cursor?.noted ?? 0;
  const following = isAll ? loaded.next : cursorAfter(eligible[choice.done - 1], event, cursor, ports);
  const next = following && { ...following, noted: Math.min(NOTED_ENDPOINTS_MAX, noted + chosenIn(choice).length) };
  if (!isAll || next !== undefined) {
    const rest = [repeat ? { ...event, repeat } : event];
    await ports.pages.send({ v: 1, tenant, events: rest, ...(next !== undefined && { cursor: next }) });
  }
  if (!isAll && choice.done === 0) return 'deferred';
  const repeatInSeconds = event.repeat ? REPEAT_DELAY_SECONDS : redelivered ? REDELIVERY_DELAY_SECONDS : undefined;
  return { tenant, event, page: cursor?.page ?? 0, noted, choice, last: next === undefined, from, repeatInSeconds };
}

/** Where the page continues after its last evaluated entry; where it began if there was none. */
function cursorAfter(
  last: Subscription | undefined,
  event: AcceptedEvent,
  cursor: PageCursor | undefined,
  ports: FanoutPorts,
): NextPage | undefined {
  if (last === undefined) return cursor;
  const pattern = patternsMatching(event.type).indexOf(last.pattern);
  return { page: (cursor?.page ?? 0) + 1, pattern, after: ports.subscriptions.positionOf(last) };
}

function deliveriesOf(work: PageWork): OutgoingDelivery[] {
  const isPaged = work.from !== undefined || !work.last;
  return work.choice.matched.map((entry) => {
    // An endpoint that may be on two pages is a repeat on both: neither page knows of the other.
    const delay = work.repeatInSeconds ?? (isPaged && isChanging(entry, work.event) ? REPEAT_DELAY_SECONDS : undefined);
    const message = firstMessage({ ...work.event, tenant: work.tenant }, entry.endpointId);
    const isRepeat = delay !== undefined;
    return { message: { ...message, ...(isRepeat && { repeat: true }) }, delaySeconds: delay ?? 0 };
  });
}

function undecidedOf({ choice, event, tenant }: PageWork): UnsentDelivery[] {
  return choice.undecided.map(({ endpointId }) => firstMessage({ ...event, tenant }, endpointId));
}

/**
 * An existing record is kept: an earlier fan-out wrote the same one, or the delivery began under a filter that has
 * changed since.
 */
async function recordUndecided(message: UnsentDelivery, { records, clock }: FanoutPorts): Promise<void> {
  await records.put(undecidedRecord(message, clock()), null);
}

function talliesOf({ choice }: PageWork, nowMs: number): Tally[] {
  const hour = hourOf(nowMs);
  return [
    ...choice.errors.map(({ endpointId, reason }) => tallyOfFilter({ endpointId, hour }, { error: reason })),
    ...choice.undecided.map(({ endpointId }) => tallyOfFilter({ endpointId, hour }, 'undecided')),
  ];
}

/** The entries that get a delivery. */
const chosenIn = ({ matched, undecided }: Selection): Subscription[] => [...matched, ...undecided];

function noteOf({ choice, noted, last, from }: PageWork): FanoutPage {
  const chosen = chosenIn(choice);
  const room = Math.max(0, NOTED_ENDPOINTS_MAX - noted);
  const endpointIds = chosen.slice(0, room).map((entry) => entry.endpointId);
  return { matched: chosen.length, endpointIds, last, ...(from !== undefined && { from }) };
}

/** Lets the events of one invocation share reads of their tenant's index. Use it for one invocation only. */
export function shareReads(reader: SubscriptionReader): SubscriptionReader {
  const reads = new Map<string, ReturnType<SubscriptionReader['all']>>();
  return {
    all(tenant) {
      const read = reads.get(tenant) ?? reader.all(tenant);
      reads.set(tenant, read);
      return read;
    },
    page: (tenant, pattern, after, limit) => reader.page(tenant, pattern, after, limit),
    positionOf: (entry) => reader.positionOf(entry),
  };
}
