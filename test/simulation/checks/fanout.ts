import type { OutgoingDelivery } from '../../../core/deliveries/message.ts';
import type { EventRecord } from '../../../core/events/event.ts';
import type { Container } from '../engine/container.ts';
import { exceedsLimit, passesFilter } from '../world/filters.ts';
import { CACHE_MS, type Facts, type KnownEvent } from './facts.ts';

/** Fan-outs send to the right tenant's endpoints, nothing twice without a cause, and nothing that was noted as done. */
export class FanoutChecks {
  readonly #facts: Facts;
  readonly #events: ReadonlyMap<string, EventRecord>;
  readonly #plain = new Map<string, number>();
  readonly #copies = new Map<string, number>();
  /** Deliveries whose fan-out was repeated: the copies are delayed, and a standstill may outlast the delay. */
  readonly #repeated = new Set<string>();
  /** The endpoints that an invocation has seen noted as done, by event. */
  readonly #seen = new WeakMap<
    Container,
    { invocation: number; done: Map<string, { at: number; ids: Set<string> }> }
  >();

  constructor(facts: Facts, events: ReadonlyMap<string, EventRecord>) {
    this.#facts = facts;
    this.#events = events;
  }

  /** A fan-out reads what was done before. */
  looked(container: Container, eventIds: readonly string[]): void {
    if (container.fn !== 'fanout') return;
    const known = this.#seen.get(container);
    const seen =
      known?.invocation === container.invocation ? known : { invocation: container.invocation, done: new Map() };
    this.#seen.set(container, seen);
    for (const id of eventIds) {
      const event = this.#events.get(id);
      // Messages of one event may share an invocation: only the first read precedes all of them.
      if (seen.done.has(id) || event === undefined || event.expiresAt <= this.#facts.now()) continue;
      const noted = Object.values(event.fanout).flatMap(({ endpointIds }) => endpointIds);
      seen.done.set(id, { at: this.#facts.now(), ids: new Set(noted) });
    }
  }

  sending(messages: readonly OutgoingDelivery[], container: Container, begunAt: number): void {
    if (container.fn !== 'fanout') return;
    const { judge, events, truth } = this.#facts;
    const seen = this.#seen.get(container);
    for (const { message, delaySeconds } of messages) {
      const { eventId, endpointId, tenant } = message;
      const key = `${eventId}/${endpointId}`;
      const event = events.get(eventId);
      const endpoint = truth.any(endpointId);
      judge.check(
        'endpoint',
        key,
        event !== undefined && tenant === event.tenant && (endpoint === undefined || endpoint.tenant === event.tenant),
        () => `fanned out to an endpoint of ${endpoint?.tenant}`,
      );
      if (event?.acknowledged) this.#checkFilter(key, endpointId, event);
      const done = seen?.invocation === container.invocation ? seen.done.get(eventId) : undefined;
      // A call of an invocation that is over may take effect in the next one.
      const isNoted = done !== undefined && begunAt >= done.at && done.ids.has(endpointId);
      judge.check(
        'fanout',
        key,
        !message.repeat || !isNoted || this.#hasMoved(endpointId, tenant, event?.acceptedAt ?? 0),
        () => 'sent again although noted as done',
      );
      if (message.repeat) {
        this.#repeated.add(key);
        judge.check('fanout', key, delaySeconds > 0, () => 'a repeat is sent without a delay');
        judge.check(
          'fanout',
          key,
          endpoint === undefined || event === undefined || endpoint.createdAt <= event.acceptedAt,
          () => 'a repeat is sent to an endpoint that did not exist when the event was accepted',
        );
      } else this.#countPlain(key, event?.copies ?? 0, this.#facts.isPaged(tenant));
    }
  }

  /** An event that does not pass a filter, or exceeds its limit, is not sent. */
  #checkFilter(key: string, endpointId: string, event: KnownEvent): void {
    const { judge, truth, now } = this.#facts;
    const states = truth.within(endpointId, event.acceptedAt - CACHE_MS, now());
    const isLetThrough = states.some(
      (endpoint) =>
        endpoint !== undefined && passesFilter(endpoint.filter, event) && !exceedsLimit(endpoint.filter, event),
    );
    // An incomplete change may have left another filter in the index.
    const isKnown = !truth.wasTouched(endpointId, Number.NEGATIVE_INFINITY) && states[0] !== undefined;
    judge.check('fanout', key, !isKnown || isLetThrough, () => 'sent although it does not pass the filter');
  }

  /** An endpoint that changed since then may be on another page; with several pages, a repeated page may end elsewhere. */
  #hasMoved(endpointId: string, tenant: string, since: number): boolean {
    const { truth, isPaged } = this.#facts;
    return truth.wasTouched(endpointId, since - 60_000) || isPaged(tenant);
  }

  /** SQS delivered a plain first message once more. */
  copied(key: string): void {
    this.#copies.set(key, (this.#copies.get(key) ?? 0) + 1);
  }

  /** Whether there was more than one copy of the delivery's first message. */
  hasDuplicates(key: string): boolean {
    return this.#repeated.has(key) || (this.#plain.get(key) ?? 0) + (this.#copies.get(key) ?? 0) > 1;
  }

  #countPlain(key: string, copies: number, isPaged: boolean): void {
    const count = (this.#plain.get(key) ?? 0) + 1;
    this.#plain.set(key, count);
    // An incomplete change of patterns leaves entries on two pages until it is repeated.
    if (isPaged && this.#facts.truth.wasTouched(key.split('/')[1] ?? '', Number.NEGATIVE_INFINITY)) return;
    this.#facts.judge.check(
      'fanout',
      key,
      count <= 1 + copies,
      () => `${count} plain first messages are sent, although the simulation made ${copies} duplicates`,
    );
  }
}
