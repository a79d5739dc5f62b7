import { expect } from 'vitest';
import { byOctokit, byStripe } from '../../support/verifiers.ts';
import { untilDelivery } from '../support/deliveries.ts';
import { eventually } from '../support/eventually.ts';
import type { Target } from '../support/target.ts';
import { openTenant } from '../support/tenant.ts';
import { untilReceived } from '../support/webhooks.ts';

const type = 'order.created';

/** What the API shows as the request of a delivery is what its receiver got, but for the values of the endpoint's own headers. */
export async function requestsAreShownAsSent(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'shown');
  const { endpoint, hook } = await tenant.subscribe({
    event_types: [type],
    signature_profile: 'stripe',
    headers: { 'X-Api-Key': 'a-secret-of-theirs' },
  });
  await tenant.api.rotateSecret(endpoint.id, { overlap_seconds: 3_600 });
  // A delivery may use an endpoint of up to 5 s before.
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  const event = await tenant.publish(type, '{"n":12345678901234567890, "s":"\\u00e9"}');
  const { id } = await untilDelivery(tenant.api, event.id, { status: 'delivered' });

  const shown = await tenant.api.requestOf(id);

  const [webhook] = hook.received;
  expect(shown).toMatchObject({ attempt: { cycle: 1, number: 1 }, method: 'POST', url: hook.url, unsigned: null });
  expect(shown.body).toBe(webhook?.body.toString('utf8'));
  const { traceparent: _, ...got } = webhook?.headers ?? {};
  const sent = Object.entries({ ...shown.headers, ...shown.signatures }).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  const ofConnection = ['host', 'connection', 'content-length', 'accept-encoding', 'transfer-encoding'];
  const received = Object.entries(got).filter(([name]) => !ofConnection.includes(name));
  expect(Object.fromEntries(sent)).toEqual({ ...Object.fromEntries(received), 'x-api-key': '[set]' });
  expect(Object.keys(shown.signatures ?? {})).toEqual(['Stripe-Signature', 'webhook-signature']);
}

/** During the overlap of a rotation, receivers verify with either the old or the new secret. */
export async function rotatedSecretsOverlap(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'rotated');
  const { endpoint, secret: old, hook } = await tenant.subscribe({ event_types: [type] });

  const { secret } = await tenant.api.rotateSecret(endpoint.id, { overlap_seconds: 3_600 });
  hook.useSecrets(secret, old);
  await tenant.publish(type, '1');

  expect(secret).not.toBe(old);
  await untilReceived(hook, 1);
  expect(hook.received[0]?.verifiedBy).toEqual([secret, old]);
}

/** Without an overlap, the old secret ends at once, and so does one whose own overlap was not over. */
export async function rotationWithoutOverlapEndsTheOldSecret(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'rotated-now');
  const { endpoint, secret: first, hook } = await tenant.subscribe({ event_types: [type] });
  const { secret: second } = await tenant.api.rotateSecret(endpoint.id, { overlap_seconds: 3_600 });
  const chosen = `whsec_${Buffer.alloc(32, 'chosen').toString('base64')}`;

  const { secret } = await tenant.api.rotateSecret(endpoint.id, { secret: chosen, overlap_seconds: 0 });
  hook.useSecrets(secret, second, first);
  await tenant.publish(type, '1');

  expect(secret).toBe(chosen);
  await untilReceived(hook, 1);
  expect(hook.received[0]?.verifiedBy).toEqual([chosen]);
}

/** Receivers with an imported secret keep verifying with their own library. */
export async function importedSecretsVerify(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'moved-in');
  const secret = 'correct-horse-battery-staple';
  const move = (signature_profile: string) => tenant.subscribe({ event_types: [type], signature_profile, secret });
  const libraries = [
    { verify: byOctokit, hook: (await move('github')).hook },
    { verify: byStripe, hook: (await move('stripe')).hook },
  ];

  await tenant.publish(type, '{"amount":129.5}');

  for (const { verify, hook } of libraries) {
    await untilReceived(hook, 1);
    const [webhook] = hook.received;
    const posted = { headers: webhook?.headers ?? {}, body: webhook?.body.toString('utf8') ?? '' };
    expect([await verify(secret, posted), await verify('another-secret', posted)]).toEqual([true, false]);
  }
}

/** A test event goes to only one endpoint, whatever it subscribes to, and is shown like any delivery. */
export async function aTestReachesItsEndpointAlone(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'tested');
  const tested = await tenant.subscribe({ event_types: [type] });
  const other = await tenant.subscribe({ event_types: ['*'] });

  const { id, endpoint_id } = await tenant.api.testEndpoint(tested.endpoint.id);

  expect(endpoint_id).toBe(tested.endpoint.id);
  await eventually(async () => expect(await tenant.api.delivery(id)).toMatchObject({ status: 'delivered' }));
  expect(tested.hook.received.map(({ verifiedBy }) => verifiedBy)).toEqual([[tested.secret]]);
  expect(other.hook.received).toEqual([]);
}

/** A delivered event is sent again, with the same id and body, in a new cycle. */
export async function aDeliveredEventIsReplayed(target: Target): Promise<void> {
  await using tenant = await openTenant(target, 'replayed');
  const { api } = tenant;
  const { hook, secret } = await tenant.subscribe({ event_types: [type] });
  const event = await tenant.publish(type, '{"n":1.0}');
  const { id } = await untilDelivery(api, event.id, { status: 'delivered' });

  const replayed = await api.replay(id);

  expect(replayed).toMatchObject({ id, cycle: 2 });
  await eventually(async () => {
    const { status, cycle, attempt_count, attempts } = await api.delivery(id);
    expect({ status, cycle, attempt_count }).toEqual({ status: 'delivered', cycle: 2, attempt_count: 1 });
    expect(attempts.map(({ number, cycle }) => ({ number, cycle }))).toEqual([
      { number: 1, cycle: 1 },
      { number: 1, cycle: 2 },
    ]);
  });
  const [first, second] = hook.received;
  expect(hook.received).toHaveLength(2);
  expect(second).toMatchObject({ id: event.id, verifiedBy: [secret] });
  expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
}
