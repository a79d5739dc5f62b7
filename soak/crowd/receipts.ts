import { Webhook } from 'standardwebhooks';
import type { Take } from '../account/duplicates.ts';
import { type Events, numberIn } from '../events.ts';

/** A webhook as received. */
export interface Incoming {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly atMs: number;
}

/** The endpoint that received a webhook. */
export interface TargetEndpoint {
  readonly name: string;
  readonly id: string;
  readonly secret: string;
  readonly types: readonly string[];
}

/** What one endpoint received of one event. */
export interface Receipt {
  /** Well-formed webhooks, whatever the answer. */
  posts: number;
  /** Of these, the ones answered 2xx: the first is the delivery, any other a duplicate. */
  readonly takes: Take[];
}

const FLAWS_KEPT = 100;

/** Everything that the crowd received, each webhook checked against what was published. */
export class Receipts {
  readonly #events: Events;
  readonly #byEndpoint = new Map<string, Map<string, Receipt>>();
  readonly #firstSeen = new Map<string, number>();
  readonly #timestamps = new Map<string, string>();
  readonly #ids = new Map<number, string>();
  /** What must never happen: a wrong signature, changed bytes, an event of another run. The first hundred. */
  readonly flaws: string[] = [];
  flawCount = 0;
  posts = 0;
  lastAtMs = 0;

  constructor(events: Events) {
    this.#events = events;
  }

  /**
   * Checks a webhook and records it.
   * @returns the event's number and what this endpoint received of it; undefined for a webhook with a flaw, which does
   * not count as received.
   */
  note(endpoint: TargetEndpoint, incoming: Incoming): { n: number; receipt: Receipt } | undefined {
    this.posts += 1;
    this.lastAtMs = incoming.atMs;
    const id = incoming.headers['webhook-id'] ?? '';
    const n = numberIn(incoming.body);
    const flaw = n === undefined ? 'its body is not from this run' : this.#flawOf(endpoint, incoming, { id, n });
    if (n === undefined || flaw !== undefined) {
      this.addFlaw(`${endpoint.name} received event ${id}: ${flaw}`);
      return undefined;
    }
    if (!this.#firstSeen.has(id)) this.#firstSeen.set(id, incoming.atMs);
    const seen = this.#byEndpoint.get(endpoint.id) ?? new Map<string, Receipt>();
    this.#byEndpoint.set(endpoint.id, seen);
    const receipt = seen.get(id) ?? { posts: 0, takes: [] };
    seen.set(id, receipt);
    receipt.posts += 1;
    return { n, receipt };
  }

  addFlaw(text: string): void {
    this.flawCount += 1;
    if (this.flaws.length < FLAWS_KEPT) this.flaws.push(text);
  }

  of(endpointId: string, eventId: string): Receipt | undefined {
    return this.#byEndpoint.get(endpointId)?.get(eventId);
  }

  /** Everything that an endpoint received, by event id. */
  seenBy(endpointId: string): ReadonlyMap<string, Receipt> {
    return this.#byEndpoint.get(endpointId) ?? new Map();
  }

  /** When any endpoint first received an event, in ms since the epoch. */
  firstSeenAt(eventId: string): number | undefined {
    return this.#firstSeen.get(eventId);
  }

  /** The id under which an event arrived, by its number. */
  idOf(n: number): string | undefined {
    return this.#ids.get(n);
  }

  #flawOf({ secret, types }: TargetEndpoint, { headers, body }: Incoming, { id, n }: { id: string; n: number }) {
    if (!verifies(secret, headers, body)) return "the signature does not verify with the endpoint's secret";
    const timestamp = /^\{"id":"[^"]+","type":"[^"]+","timestamp":"([^"]+)"/.exec(body)?.[1] ?? '';
    const type = this.#events.typeOf(n);
    const expected = `{"id":"${id}","type":"${type}","timestamp":"${timestamp}","data":${this.#events.dataOf(n)}}`;
    if (body !== expected)
      return `its bytes differ from what was published, starting at character ${differ(body, expected)}`;
    if (!types.includes(type)) return `the endpoint does not subscribe to ${type}`;
    const known = this.#timestamps.get(id) ?? timestamp;
    this.#timestamps.set(id, known);
    if (known !== timestamp) return `its timestamp changed from ${known} to ${timestamp}`;
    const knownId = this.#ids.get(n) ?? id;
    this.#ids.set(n, knownId);
    if (knownId !== id) return `the same event, number ${n}, arrived as ${knownId} before`;
    return undefined;
  }
}

function verifies(secret: string, headers: Readonly<Record<string, string>>, body: string): boolean {
  try {
    new Webhook(secret).verify(body, { ...headers }, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

function differ(actual: string, expected: string): number {
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at += 1;
  return at;
}
