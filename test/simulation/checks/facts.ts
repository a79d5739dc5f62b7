import type { DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { AttemptResult } from '../../../core/deliveries/sender.ts';
import type { EndpointHealth } from '../../../core/endpoints/health.ts';
import type { Container } from '../engine/container.ts';
import type { EndpointTruth } from './endpoint-truth.ts';
import type { Judge } from './judge.ts';
import type { Mailboxes } from './mailboxes.ts';

/** An event that was handed in, as its producer knows it. */
export interface KnownEvent {
  id: string;
  tenant: string;
  type: string;
  acceptedAt: number;
  /** What the endpoints' filter asks for. */
  isBig: boolean;
  /** Whether its producer was told 202. */
  acknowledged: boolean;
  /** When its fan-out was done; null before. */
  fannedOutAt: number | null;
  /** The envelope, from the first time that anybody saw it. */
  body: string | undefined;
  /** How many more plain copies of its first messages there may be: each duplicate that the simulation made. */
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
  /** A first attempt that was received for the first time: it needs no claim. */
  isPlain: boolean;
  /** When what it knows of its delivery was true: its claim, or the read of its record. */
  decidedAt: number;
  result: AttemptResult | undefined;
  endedAt: number;
  /** When a record first told of it. */
  recordedAt: number | undefined;
  /** The fault that kept its outcome from the record, if any did. */
  fault: string | undefined;
  wasExcused: boolean;
}

/** What the checks know of the world: it comes from effects that took place, never from what the product says. */
export interface Facts {
  now: () => number;
  judge: Judge;
  mail: Mailboxes;
  truth: EndpointTruth;
  records: ReadonlyMap<string, DeliveryRecord>;
  health: ReadonlyMap<string, EndpointHealth>;
  events: Map<string, KnownEvent>;
  posts: Map<string, Post[]>;
  retentionMs: number;
  /** Whether a tenant has so many index entries, or such filters, that its fan-outs go by pages. */
  isPaged(tenant: string): boolean;
  openAfterFailures: number;
}

/** How long a container may work with what it read of an endpoint before its invocation began. */
export const CACHE_MS = 5_000;

/** What a container is doing, as far as the checks look at it. */
export interface Work {
  /** When its invocation read its records. */
  loadedAt: number;
  /** When it asked for them: what it remembers of endpoints is of then at the latest. */
  askedAt: number;
  posts: Post[];
}
