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
import { findPage, isChanging, type NextPage, onlyPage, PAGE_SIZE, type Page } from './find-page.ts';
import { isWide } from './is-wide.ts';
import { envelopeWeight, type Limits } from './limits.ts';
import { beginOf, type FanoutMessage, type PageCursor } from './message.ts';
import { isFiltered, type Selection, selectEndpoints } from './select-endpoints.ts';

/** The fan-out queues, for the pages of large tenants, and for what an invocation leaves to others. */
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
  /** Told of each delivery that is recorded as dead because its filter is undecided. */
  died?: (message: UnsentDelivery) => void;
  /** Called when an evaluation failed because of an error on our side. */
  filterFailed: (fault: string) => void;
}

/** A producer's repeat only fills gaps: after this delay, the first copy has had its attempt. */
const REPEAT_DELAY_SECONDS = 60;
/** A redelivered message has passed its visibility timeout: nearly all deliveries of its first run are done. */
const REDELIVERY_DELAY_SECONDS = 5;
/** Records of undecided deliveries of a page that are written at a time. */
const RECORDS_AT_ONCE = 5;

/** One event of a message. */
export interface Task {
  tenant: string;
  event: AcceptedEvent;
  cursor: PageCursor | undefined;
  /** As read at the start; undefined if the event cannot have been worked on before. */
  record: EventRecord | undefined;
  /** Whether SQS may have delivered the message before. */
  redelivered: boolean;
}

/** A page that was fanned out. */
export interface DonePage {
  deliveries: number;
  /** Tallies of filters that failed or were undecided. */
  tallies: Tally[];
}

/**
 * `handed on`: it became a message of the bulk queue. `left`: nothing was sent, because the invocation has no time or steps left;
 * another one must do it.
 */
export type PageResult = DonePage | 'done before' | 'handed on' | 'left';

/** A page with the endpoints that get the event. */
interface Chosen extends Omit<Task, 'record'> {
  /** Where the page begins; undefined at the event's first. */
  from: string | undefined;
  eligible: Subscription[];
  choice: Selection;
  /** Where the fan-out continues; undefined at the event's last page. */
  next: Omit<PageCursor, 'wide'> | undefined;
}

/**
 * Fans out one page of one event: finds the subscribed endpoints, filters, sends one delivery message each. Sends first,
 * then notes the page on the event; a crash in between sends again, marked as a repeat.
 */
export async function fanOutPage(task: Task, limits: Limits, ports: FanoutPorts): Promise<PageResult> {
  const { tenant, event, cursor, record } = task;
  const done = record?.fanout[cursor?.page ?? 0];
  // A page that began elsewhere also ended elsewhere: skipping this one could leave a gap.
  if (done !== undefined && done.from === fromOf(cursor)) return 'done before';
  if (cursor !== undefined) {
    return limits.deliveries.hold(PAGE_SIZE, async () => {
      if (!limits.hasTime()) return 'left';
      const chosen = await choose(task, await findPage(tenant, event, cursor, ports), limits, ports);
      return chosen === 'left' ? 'left' : send(chosen);
    });
  }
  // A small tenant costs one read of its whole index; a large one costs the matching entries, a page per message.
  const all = await ports.subscriptions.all(tenant);
  if (all === undefined) return limits.notes.hold(1, () => handToBulk(task, limits, ports));
  const chosen = await choose(task, onlyPage(all, event, ports), limits, ports);
  if (chosen === 'left') return 'left';
  return limits.deliveries.hold(chosen.choice.matched.length, () => send(chosen));

  async function send(chosen: Chosen): Promise<PageResult> {
    const wide = await isWide({ ...task, isLarge: false }, ports.ledger);
    // Its call may have taken so long that the invocation is over, or about to be.
    if (!limits.hasTime()) return 'left';
    if (!isRepeat(task)) await sendOnward(chosen, wide, ports);
    const messages = deliveriesOf(chosen, wide);
    if (messages.length > 0) await ports.deliveries.send(messages);
    await limits.notes.hold(1, async () => {
      await inParallel(undecidedOf(chosen, wide), RECORDS_AT_ONCE, (message) => recordUndecided(message, ports));
      // A page that fails again and again must not send the next one each time: each copy would do the same.
      if (isRepeat(task)) await sendOnward(chosen, wide, ports);
      await ports.ledger.notePage(event.id, cursor?.page ?? 0, noteOf(chosen));
    });
    return { deliveries: messages.length, tallies: talliesOf(chosen, ports.clock()) };
  }
}

/** Leaves all pages of a large tenant's event to the bulk queue, so that they hold up no other event. */
async function handToBulk(task: Task, limits: Limits, ports: FanoutPorts): Promise<PageResult> {
  if (!limits.hasTime()) return 'left';
  const wide = await isWide({ ...task, isLarge: true }, ports.ledger);
  if (!limits.hasTime()) return 'left';
  const cursor = { page: 0, pattern: 0, after: null, noted: 0, ...(wide && { wide }) };
  await ports.pages.send({ v: 1, tenant: task.tenant, events: [asFurther(task)], cursor });
  return 'handed on';
}

/** Where a page begins, as it is noted: undefined for an event's first. */
const fromOf = (cursor: PageCursor | undefined) => (cursor?.page ? beginOf(cursor) : undefined);

const isRepeat = ({ event, redelivered }: Pick<Task, 'event' | 'redelivered'>) => redelivered || event.repeat === true;

/** Evaluates the filters of a page. Those of one message share a budget of steps. */
async function choose(task: Task, page: Page, limits: Limits, ports: FanoutPorts): Promise<Chosen | 'left'> {
  const { event, cursor } = task;
  const eligible = page.entries.filter((entry) => !isRepeat(task) || entry.createdAt <= event.acceptedAt);
  const choice = await select(event, eligible, limits, ports);
  if (choice === 'left') return 'left';
  for (const fault of choice.faults) ports.filterFailed(fault);
  const isAll = choice.done === eligible.length;
  if (!isAll && choice.done === 0) return 'left';
  const following = isAll ? page.next : cursorAfter(eligible[choice.done - 1], event, cursor, ports);
  const noted = Math.min(NOTED_ENDPOINTS_MAX, (cursor?.noted ?? 0) + chosenIn(choice).length);
  return { ...task, from: fromOf(cursor), eligible, choice, next: following && { ...following, noted } };
}

/** Events are evaluated one after another, since each spends the steps that the others left. */
async function select(
  { payload }: AcceptedEvent,
  eligible: Subscription[],
  limits: Limits,
  ports: FanoutPorts,
): Promise<Selection | 'left'> {
  if (!isFiltered(eligible)) return selectEndpoints(undefined, eligible, limits.steps, ports.filters);
  return limits.envelopes.hold(envelopeWeight(payload), async () => {
    if (!limits.hasTime()) return 'left';
    const envelope = payload.inline ?? (await ports.payloads.get(payload));
    return limits.judging.hold(1, async () =>
      limits.hasTime() ? selectEndpoints(envelope, eligible, limits.steps, ports.filters) : 'left',
    );
  });
}

/** Where the page continues after its last evaluated entry. */
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

/**
 * Sends the event's next page as a message of its own. First of all, so that pages are fanned out in parallel; by a repeat
 * last, before the note.
 */
async function sendOnward(chosen: Chosen, wide: boolean, ports: FanoutPorts): Promise<void> {
  if (chosen.next === undefined) return;
  const cursor = { ...chosen.next, ...(wide && { wide }) };
  await ports.pages.send({ v: 1, tenant: chosen.tenant, events: [asFurther(chosen)], cursor });
}

/** An event as a further message carries it: what is a repeat here is one there. */
export function asFurther({ event, redelivered }: Pick<Task, 'event' | 'redelivered'>): AcceptedEvent {
  return redelivered ? { ...event, repeat: true } : event;
}

function deliveriesOf(chosen: Chosen, wide: boolean): OutgoingDelivery[] {
  const { event, tenant, redelivered, from, next } = chosen;
  const isPaged = from !== undefined || next !== undefined;
  const repeatInSeconds = event.repeat ? REPEAT_DELAY_SECONDS : redelivered ? REDELIVERY_DELAY_SECONDS : undefined;
  return chosen.choice.matched.map((entry) => {
    // An endpoint that may be on two pages is a repeat on both: neither page knows of the other.
    const delay = repeatInSeconds ?? (isPaged && isChanging(entry, event) ? REPEAT_DELAY_SECONDS : undefined);
    const message = firstMessage({ ...event, tenant, wide }, entry.endpointId);
    const repeat = delay !== undefined;
    return { message: { ...message, ...(repeat && { repeat: true }) }, delaySeconds: delay ?? 0 };
  });
}

function undecidedOf({ choice, event, tenant }: Chosen, wide: boolean): UnsentDelivery[] {
  return choice.undecided.map(({ endpointId }) => firstMessage({ ...event, tenant, wide }, endpointId));
}

/**
 * An existing record is kept: an earlier fan-out wrote the same one, or the delivery began under a filter that has
 * changed since.
 */
async function recordUndecided(message: UnsentDelivery, { records, clock, died }: FanoutPorts): Promise<void> {
  if (await records.put(undecidedRecord(message, clock()), null)) died?.(message);
}

function talliesOf({ choice, tenant }: Chosen, nowMs: number): Tally[] {
  const hour = hourOf(nowMs);
  return [
    ...choice.errors.map(({ endpointId, reason }) => tallyOfFilter({ endpointId, tenant, hour }, { error: reason })),
    ...choice.undecided.map(({ endpointId }) => tallyOfFilter({ endpointId, tenant, hour }, 'undecided')),
  ];
}

/** The entries that get a delivery. */
const chosenIn = ({ matched, undecided }: Selection): Subscription[] => [...matched, ...undecided];

function noteOf({ choice, cursor, next, from }: Chosen): FanoutPage {
  const chosen = chosenIn(choice);
  const room = Math.max(0, NOTED_ENDPOINTS_MAX - (cursor?.noted ?? 0));
  const endpointIds = chosen.slice(0, room).map((entry) => entry.endpointId);
  return {
    matched: chosen.length,
    endpointIds,
    last: next === undefined,
    ...(from !== undefined && { from }),
    ...(next !== undefined && { next: beginOf(next) }),
  };
}
