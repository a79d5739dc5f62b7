import { expect } from 'vitest';
import * as z from 'zod';
import { eventually } from '../support/eventually.ts';
import { always, type Hook } from '../support/receivers.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';
import { untilReceived } from '../support/webhooks.ts';

/** Failures in a row that open a circuit. */
const FAILURES = 10;

const envelope = z.object({ id: z.string(), type: z.string(), data: z.record(z.string(), z.unknown()) });

/**
 * An opened circuit and every dead delivery are published to endpoints that subscribe to operational events by name; an
 * endpoint subscribed to `*` does not get them.
 */
export async function troubleIsTold(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'operational');
  const watcher = await tenant.subscribe({ event_types: ['postrider.*'] });
  const everything = await tenant.subscribe({ event_types: ['*'] });
  const failing = await tenant.subscribe(
    { event_types: ['order.*'], retry_policy: { max_attempts: 1 } },
    always({ status: 500 }),
  );
  const accepted = await tenant.api.publishList(
    Array.from({ length: FAILURES }, (_, at) => tenant.event('order.created', `{"order":${at}}`)),
  );

  // Deaths wait for the end of their minute; they may fall into two.
  await eventually(() => expect(deathsIn(watcher.hook)).toBe(FAILURES), { withinMs: 150_000 });

  const told = eventsOf(watcher.hook);
  const about = { endpoint_id: failing.endpoint.id };
  expect(told.filter(({ type }) => type === 'postrider.endpoint.circuit_opened')).toMatchObject([
    { data: { ...about, consecutive_failures: FAILURES } },
  ]);
  const dead = told.filter(({ type }) => type !== 'postrider.endpoint.circuit_opened');
  for (const { data } of dead) expect(data).toMatchObject(about);
  const ids = dead.flatMap(({ data }) => data.delivery_ids ?? [data.delivery_id]);
  const endpointBody = failing.endpoint.id.slice('ep_'.length);
  expect(ids.toSorted()).toEqual(accepted.map(({ id }) => `dlv_${id.slice('evt_'.length)}_${endpointBody}`).toSorted());
  for (const { verifiedBy } of watcher.hook.received) expect(verifiedBy).toEqual([watcher.secret]);

  await untilReceived(everything.hook, FAILURES);
  expect(new Set(eventsOf(everything.hook).map(({ type }) => type))).toEqual(new Set(['order.created']));
  // It is an event like any other: it can be read from the API.
  expect(await tenant.api.event(told[0]?.id ?? '')).toMatchObject({ tenant: tenant.name, matched_endpoints: 1 });
}

/** How many deaths the events report, each counted once. */
function deathsIn(hook: Hook): number {
  const dead = eventsOf(hook).filter(({ type }) => /^postrider\.deliver(y|ies)\.dead$/.test(type));
  return dead.reduce((sum, { data }) => sum + (typeof data.count === 'number' ? data.count : 1), 0);
}

function eventsOf({ received }: Hook) {
  return received.map(({ body }) => envelope.parse(JSON.parse(body.toString('utf8'))));
}
