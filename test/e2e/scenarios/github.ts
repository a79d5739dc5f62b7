import { expect } from 'vitest';
import { githubExamples } from '../support/github-examples.ts';
import { inParallel } from '../support/in-parallel.ts';
import { untilQuiet } from '../support/queues.ts';
import { failFirst, type Plan } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant, type Subscriber, type Tenant } from '../support/tenant.ts';
import { expectWebhooks, type Published, untilReceived } from '../support/webhooks.ts';
import { isForExact, isForFilter, SUBSCRIPTIONS } from './github-subscriptions.ts';

/** Every example payload of every GitHub event reaches its subscribers once, as published. */
export async function everyExampleArrivesOnce(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'github');
  const subscribers = await subscribe(tenant);

  const published = await publishOneByOne(tenant);

  const expected = await untilAllArrived(target, { subscribers, published, copies: 1 });
  expectSameBytes(subscribers);
  for (const { subscriber, events } of expected) {
    const deliveries = await tenant.api.deliveries({ tenant: tenant.name, endpoint_id: subscriber.endpoint.id });
    expect(deliveries.map(({ event_id }) => event_id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(['delivered']));
  }
}

/** Receivers that fail twice get every example at the third attempt: same id and body, new timestamp. */
export async function everyExampleArrivesAtTheThirdAttempt(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'github-retried');
  const subscribers = await subscribe(tenant, failFirst(2));

  const published = await publishInLists(tenant);

  await untilAllArrived(target, { subscribers, published, copies: 3 });
  expectSameBytes(subscribers);
  for (const { hook } of Object.values(subscribers)) {
    for (const copies of Map.groupBy(hook.received, ({ id }) => id).values()) {
      const [first = 0, second = 0, third = 0] = copies.map(({ headers }) => Number(headers['webhook-timestamp']));
      expect(first < second && second < third).toBe(true);
    }
  }
  await expectThreeAttempts(tenant);
}

async function expectThreeAttempts({ api, name }: Tenant): Promise<void> {
  const deliveries = await api.deliveries({ tenant: name });
  await inParallel(deliveries, 8, async ({ id }) => {
    const { status, attempt_count, attempts } = await api.delivery(id);
    expect({ status, attempt_count }).toEqual({ status: 'delivered', attempt_count: 3 });
    expect(attempts.map(({ number, cycle, status_code }) => ({ number, cycle, status_code }))).toEqual([
      { number: 1, cycle: 1, status_code: 500 },
      { number: 2, cycle: 1, status_code: 500 },
      { number: 3, cycle: 1, status_code: 204 },
    ]);
  });
}

type Subscribers = Readonly<Record<'exact' | 'wildcard' | 'filter', Subscriber>>;

const retry_policy = { initial_delay_seconds: 1, backoff_factor: 1, jitter: 0 };

async function subscribe(tenant: Tenant, plan?: Plan): Promise<Subscribers> {
  const { exact, wildcard, filter } = SUBSCRIPTIONS;
  return {
    exact: await tenant.subscribe({ ...exact, retry_policy }, plan),
    wildcard: await tenant.subscribe({ ...wildcard, retry_policy }, plan),
    filter: await tenant.subscribe({ ...filter, retry_policy }, plan),
  };
}

type PublishedExample = Published & { readonly payload: object };

/** A few at once: more keep the CPU of a small machine from the product until its calls time out. */
function publishOneByOne(tenant: Tenant): Promise<PublishedExample[]> {
  return inParallel(githubExamples(), 4, async (example) => {
    const { id } = await tenant.publish(example.type, example.data);
    return { id, ...example };
  });
}

const LIST = 60;

export async function publishInLists(tenant: Tenant): Promise<PublishedExample[]> {
  const examples = githubExamples();
  const lists = Array.from({ length: Math.ceil(examples.length / LIST) }, (_, list) =>
    examples.slice(list * LIST, (list + 1) * LIST),
  );
  const published = await inParallel(lists, 2, async (list) => {
    const accepted = await tenant.api.publishList(list.map(({ type, data }) => tenant.event(type, data)));
    return list.map((example, index) => ({ id: accepted[index]?.id ?? 'missing in the answer', ...example }));
  });
  return published.flat();
}

interface Arrival {
  readonly subscribers: Subscribers;
  readonly published: readonly PublishedExample[];
  readonly copies: number;
}

async function untilAllArrived(target: Target, { subscribers, published, copies }: Arrival) {
  const expected = [
    { subscriber: subscribers.exact, events: published.filter(isForExact) },
    { subscriber: subscribers.wildcard, events: published },
    { subscriber: subscribers.filter, events: published.filter(isForFilter) },
  ];
  for (const { subscriber, events } of expected) {
    expect(events.length).toBeGreaterThan(20);
    await untilReceived(subscriber.hook, events.length * copies);
  }
  await untilQuiet(target);
  for (const { subscriber, events } of expected) expectWebhooks(subscriber, events, copies);
  return expected;
}

/** The bytes of an event are the same on every attempt to every endpoint. */
function expectSameBytes(subscribers: Subscribers): void {
  const received = Object.values(subscribers).flatMap(({ hook }) => hook.received);
  for (const [id, copies] of Map.groupBy(received, ({ id }) => id)) {
    const bodies = new Set(copies.map(({ body }) => body.toString('base64')));
    expect(bodies.size, `different bodies of ${id}`).toBe(1);
  }
}
