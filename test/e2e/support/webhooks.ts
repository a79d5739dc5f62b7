import { expect } from 'vitest';
import * as z from 'zod';
import { eventually } from './eventually.ts';
import type { Hook, Received } from './receivers.ts';
import type { Subscriber } from './tenant.ts';

/** An accepted event, and the expected content of its webhook. */
export interface Published {
  readonly id: string;
  readonly type: string;
  /** The text of `data`, as sent. */
  readonly data: string;
}

/** Waits until a hook has received this many webhooks. */
export function untilReceived(hook: Hook, count: number, withinMs = 60_000): Promise<void> {
  return eventually(() => expect(hook.received.length).toBeGreaterThanOrEqual(count), { withinMs });
}

/**
 * Checks that a subscriber received exactly these events, this many copies of each: signed, numbered, with a body
 * that contains the published text.
 */
export function expectWebhooks({ hook, secret }: Subscriber, events: readonly Published[], copies = 1): void {
  const seen = Map.groupBy(hook.received, ({ id }) => id);
  expect([...seen.keys()].toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  for (const event of events) {
    const received = seen.get(event.id) ?? [];
    expect(received.map(({ headers }) => headers['x-postrider-attempt'])).toEqual(
      Array.from({ length: copies }, (_, index) => String(index + 1)),
    );
    for (const webhook of received) expectWebhook(webhook, event, secret);
  }
}

/** Compares one webhook with the expected one, byte for byte. */
export function expectWebhook(webhook: Received, { id, type, data }: Published, secret: string): void {
  const { verifiedBy, headers, atMs } = webhook;
  const body = webhook.body.toString('utf8');
  const { timestamp } = z.object({ timestamp: z.iso.datetime() }).parse(JSON.parse(body));
  // Compared without a matcher: a diff of megabytes helps nobody.
  const expected = `{"id":"${id}","type":"${type}","timestamp":"${timestamp}","data":${data}}`;
  if (body !== expected) expect.fail(`The body of ${id} differs from character ${firstDifference(body, expected)}.`);
  expect(verifiedBy).toEqual([secret]);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^Postrider\/\d/),
    'webhook-id': id,
    'x-postrider-event-type': type,
    'x-postrider-delivery-id': expect.stringMatching(/^dlv_/),
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
  });
  const ageSeconds = atMs / 1000 - Number(headers['webhook-timestamp']);
  expect(ageSeconds).toBeGreaterThanOrEqual(0);
  expect(ageSeconds).toBeLessThan(10);
}

function firstDifference(actual: string, expected: string): string {
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at += 1;
  return `${at}: ${JSON.stringify(actual.slice(at, at + 60))}, expected ${JSON.stringify(expected.slice(at, at + 60))}`;
}
