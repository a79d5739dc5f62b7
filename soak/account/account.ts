import type { KindName } from '../crowd/kinds.ts';
import type { ApiDelivery } from '../product/api.ts';
import { CAUSES, type Cause, type Death, type Duplicate, duplicatesIn, type Take } from './duplicates.ts';

/** An acknowledged event. Times in ms since the epoch. */
export interface OwedEvent {
  readonly n: number;
  readonly id: string;
  readonly type: string;
  readonly atMs: number;
}

/** The parts of an endpoint that accounting needs. */
export interface OwedEndpoint {
  readonly id: string;
  readonly name: string;
  readonly kind: KindName;
  /** The event types that it subscribes to. */
  readonly types: readonly string[];
  readonly timeoutMs: number;
  /** When its deletion was requested, it first answered 410, or its owner disabled it. */
  readonly goneAt: number | undefined;
}

/** What is known in the end. Receivers, queue and API are each asked separately. */
export interface Facts {
  readonly acknowledged: readonly OwedEvent[];
  readonly endpoints: readonly OwedEndpoint[];
  /** The valid webhooks of this event that this endpoint answered with 2xx. */
  takes(endpointId: string, eventId: string): readonly Take[];
  /** When any endpoint first received the event. */
  firstSeenAt(eventId: string): number | undefined;
  /** The delivery according to the API, recorded or pending; undefined if it has none. */
  said(endpointId: string, eventId: string): ApiDelivery | undefined;
  /** Whether the API says that the event has been fanned out. */
  isFannedOut(eventId: string): boolean;
  /** How many messages in the dead-letter queue belong to this delivery. */
  deadLetters(endpointId: string, eventId: string): number;
  /** When the product was killed, or crashed. */
  readonly deaths: readonly Death[];
}

/** The outcome of one owed delivery. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'dead' }
  | { readonly outcome: 'discarded'; readonly reason: string }
  /** The endpoint was gone when the event was fanned out: nothing was owed. */
  | { readonly outcome: 'not owed' }
  | { readonly outcome: 'unaccounted'; readonly why: string };

/** The name of a delivery in the report. */
export interface Named {
  readonly n: number;
  readonly eventId: string;
  readonly endpointId: string;
  readonly endpoint: string;
}

/** A delivery that cannot be accounted for. */
export interface Unaccounted extends Named {
  readonly why: string;
}

/** The deliveries of one kind of endpoint, or of all. */
export interface Tally {
  owed: number;
  delivered: number;
  dead: number;
  /** By reason. */
  discarded: Record<string, number>;
  unaccounted: number;
  /** Valid webhooks to a receiver that had already answered 2xx. */
  duplicates: Record<Cause, number>;
  notOwed: number;
}

/** The result of the accounting. */
export interface Account {
  readonly total: Tally;
  readonly byKind: ReadonlyMap<KindName, Tally>;
  readonly unaccounted: readonly Unaccounted[];
  /** Accepted by their receivers, but not final in the API, which should show what happened. */
  readonly unfinished: readonly Unaccounted[];
  readonly duplicates: readonly (Named & Duplicate)[];
}

const FINAL: readonly string[] = ['delivered', 'dead', 'discarded'];

/** Accounts for every acknowledged event at every endpoint that subscribes to its type. */
export function account(facts: Facts): Account {
  const byKind = new Map<KindName, Tally>();
  const unaccounted: Unaccounted[] = [];
  const unfinished: Unaccounted[] = [];
  const duplicates: (Named & Duplicate)[] = [];
  for (const endpoint of facts.endpoints) {
    const tally = byKind.get(endpoint.kind) ?? emptyTally();
    byKind.set(endpoint.kind, tally);
    for (const event of facts.acknowledged.filter(({ type }) => endpoint.types.includes(type))) {
      const verdict = judge(event, endpoint, facts);
      count(tally, verdict);
      const { n, id: eventId } = event;
      const name: Named = { n, eventId, endpointId: endpoint.id, endpoint: endpoint.name };
      for (const duplicate of duplicatesIn(facts.takes(endpoint.id, eventId), facts.deaths, endpoint.timeoutMs)) {
        tally.duplicates[duplicate.cause] += 1;
        duplicates.push({ ...name, ...duplicate });
      }
      if (verdict.outcome === 'unaccounted') unaccounted.push({ ...name, why: verdict.why });
      const status = facts.said(endpoint.id, eventId)?.status ?? 'nothing';
      const isFinished = FINAL.includes(status);
      if (verdict.outcome === 'delivered' && !isFinished)
        unfinished.push({ ...name, why: `accepted by the receiver, but the API says ${status}` });
    }
  }
  return { total: sum([...byKind.values()]), byKind, unaccounted, unfinished, duplicates };
}

/** Duplicates of one cause per 10,000 deliveries. */
export function duplicatesPer10000({ duplicates, delivered }: Tally, cause: Cause): number {
  return delivered === 0 ? 0 : (duplicates[cause] * 10_000) / delivered;
}

/** The outcome of one event at one endpoint. The receiver decides first; what the API says must be confirmed. */
export function judge(event: OwedEvent, endpoint: OwedEndpoint, facts: Facts): Verdict {
  if (facts.takes(endpoint.id, event.id).length > 0) return { outcome: 'delivered' };
  const said = facts.said(endpoint.id, event.id);
  const hasDeadLetter = facts.deadLetters(endpoint.id, event.id) > 0;
  if (said === undefined) return judgeUnknown(event, endpoint, facts);
  switch (said.status) {
    case 'delivered':
      return unaccounted('the API says delivered, but the receiver never accepted it');
    case 'dead':
      if (!hasDeadLetter)
        return unaccounted(`the API says dead (${said.last_error}), but it is not in the dead-letter queue`);
      return said.in_dlq
        ? { outcome: 'dead' }
        : unaccounted('it is in the dead-letter queue, but the API says it is not');
    case 'discarded':
      return judgeDiscarded(said, endpoint);
    default: {
      const what = said.waiting_for === null ? said.status : `${said.status} (${said.waiting_for})`;
      return unaccounted(`the API says ${what}${hasDeadLetter ? ', and it is in the dead-letter queue' : ''}`);
    }
  }
}

function judgeUnknown(event: OwedEvent, endpoint: OwedEndpoint, facts: Facts): Verdict {
  if (!facts.isFannedOut(event.id)) return unaccounted('the API says that the event was never fanned out');
  if (endpoint.goneAt === undefined) return unaccounted('the API knows no such delivery');
  if (wasFannedOutBefore(endpoint.goneAt, event, facts)) {
    return unaccounted('the API knows no such delivery, and the endpoint was there when the event was fanned out');
  }
  return { outcome: 'not owed' };
}

/** Every reason must be true. Deleting disables first, so a delivery in between reports `endpoint_disabled`. */
function judgeDiscarded({ discard_reason: reason }: ApiDelivery, { kind, goneAt }: OwedEndpoint): Verdict {
  const isTrue =
    goneAt !== undefined && (reason === 'endpoint_disabled' || (kind === 'deleted' && reason === 'endpoint_deleted'));
  if (reason !== null && isTrue) return { outcome: 'discarded', reason };
  return unaccounted(`it was discarded (${reason}), which is not true of this endpoint`);
}

/**
 * Whether an event was certainly fanned out by then: another endpoint had received it. A kill in between may have split
 * the fan-out, and its second half no longer found the endpoint.
 */
function wasFannedOutBefore(time: number, { id, atMs }: OwedEvent, { firstSeenAt, deaths }: Facts): boolean {
  const seenAt = firstSeenAt(id);
  return seenAt !== undefined && seenAt < time && !deaths.some((death) => death.atMs >= atMs && death.atMs <= time);
}

function unaccounted(why: string): Verdict {
  return { outcome: 'unaccounted', why };
}

function count(tally: Tally, verdict: Verdict): void {
  if (verdict.outcome === 'not owed') {
    tally.notOwed += 1;
    return;
  }
  tally.owed += 1;
  if (verdict.outcome === 'discarded') tally.discarded[verdict.reason] = (tally.discarded[verdict.reason] ?? 0) + 1;
  else tally[verdict.outcome] += 1;
}

function emptyTally(): Tally {
  const duplicates = { open: 0, recording: 0, unrecorded: 0, late: 0, unexplained: 0 };
  return { owed: 0, delivered: 0, dead: 0, discarded: {}, unaccounted: 0, duplicates, notOwed: 0 };
}

function sum(tallies: readonly Tally[]): Tally {
  const total = emptyTally();
  for (const tally of tallies) {
    for (const key of ['owed', 'delivered', 'dead', 'unaccounted', 'notOwed'] as const) {
      total[key] += tally[key];
    }
    for (const cause of CAUSES) total.duplicates[cause] += tally.duplicates[cause];
    for (const [reason, number] of Object.entries(tally.discarded)) {
      total.discarded[reason] = (total.discarded[reason] ?? 0) + number;
    }
  }
  return total;
}
