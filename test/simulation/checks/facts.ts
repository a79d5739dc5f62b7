import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { AttemptResult } from '../../../core/deliveries/sender.ts';
import type { EndpointHealth } from '../../../core/endpoints/health.ts';
import type { Container } from '../engine/container.ts';
import type { EndpointTruth } from './endpoint-truth.ts';
import type { Judge } from './judge.ts';
import type { QueueContents } from './queue-contents.ts';

/** A published event, as its producer knows it. */
export interface KnownEvent {
  id: string;
  tenant: string;
  type: string;
  acceptedAt: number;
  /** The property that the endpoints' filters test. */
  isBig: boolean;
  /** Whether its producer got a 202. */
  acknowledged: boolean;
  /** When its fan-out was done; null before. */
  fannedOutAt: number | null;
  /** The envelope as first seen. */
  body: string | undefined;
  /** Whether the simulation deleted a message that carried it: from then on its record carries it, until it is fanned out. */
  lost: boolean;
  /** How many more plain copies of its first messages there may be: the duplicates that the simulation made. */
  copies: number;
}

/** One POST. */
export interface Post {
  key: string;
  eventId: string;
  endpointId: string;
  cycle: number;
  attempt: number;
  at: number;
  container: Container;
  invocation: number;
  messageId: string;
  /** A first attempt on a first receive: it needs no claim. */
  isPlain: boolean;
  /** When its knowledge of the delivery was current: its claim, or the read of its record. */
  decidedAt: number;
  result: AttemptResult | undefined;
  endedAt: number;
  /** When a record first listed it. */
  recordedAt: number | undefined;
  /** When a record first counted it: a late result is only listed. */
  countedAt: number | undefined;
  /** The fault that kept its outcome from the record, if any did. */
  fault: string | undefined;
  wasExcused: boolean;
  /** Called when it is answered. */
  bodyEnded: () => void;
}

/** What the checks know about the world, only from effects that took place, never from what the product reports. */
export interface Facts {
  now: () => number;
  judge: Judge;
  contents: QueueContents;
  truth: EndpointTruth;
  records: ReadonlyMap<string, DeliveryRecord>;
  health: ReadonlyMap<string, EndpointHealth>;
  events: Map<string, KnownEvent>;
  posts: Map<string, Post[]>;
  /** Deliveries that were held by an invocation that was over: their marks come after them. */
  heldLate: Set<string>;
  retentionMs: number;
  /** Whether a tenant has so many index entries, or such filters, that its fan-outs take several pages. */
  isPaged(tenant: string): boolean;
  openAfterFailures: number;
  /** Whether an event is stored, and not completely fanned out. */
  isUnfinished(eventId: string): boolean;
}

/** How long before its invocation a container may have read the endpoint that it uses. */
export const CACHE_MS = 5_000;

/** What the checks know about a container's current invocation. */
export interface Work {
  /** When its invocation read its records. */
  loadedAt: number;
  /** When it asked for them: it may have cached endpoints before that. */
  askedAt: number;
  posts: Post[];
}
