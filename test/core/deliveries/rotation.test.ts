import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM } from '../../../core/audit/audit.ts';
import { ENDPOINT_CACHE_MS } from '../../../core/deliveries/endpoint-cache.ts';
import { rotateSecret, type SecretPorts } from '../../../core/endpoints/secrets.ts';
import { createSecretOpener, currentSeal } from '../../../core/secrets/vault.ts';
import { newSecret } from '../../../core/signing/secret.ts';
import { MemorySubscriptionIndex } from '../../fakes/subscriptions.ts';
import { createMemoryDataKeyStore, createMemoryKeyService } from '../../fakes/vault.ts';
import { aMessage, anEndpoint, DAY, DeliveryWorld } from '../../support/delivery-world.ts';
import { byOctokit, byStandardWebhooks, byStripe, type Verifier } from '../../support/verifiers.ts';

let world: DeliveryWorld;
let ports: SecretPorts;
/** Every secret that the endpoint ever had, oldest first. */
let secrets: string[];

beforeEach(async () => {
  world = new DeliveryWorld();
  const clock = () => world.now;
  const { registry: endpoints, audit, random } = world;
  const sealer = { keys: createMemoryKeyService(random), store: createMemoryDataKeyStore(), clock, random };
  const opener = createSecretOpener(sealer.keys, clock);
  ports = { endpoints, subscriptions: new MemorySubscriptionIndex(), audit, sealer, opener, clock, random };
  world.ports.secrets = opener;
  secrets = [newSecret(random)];
  const binding = { purpose: 'signing', tenant: 'acme', endpointId: 'ep_1', version: 1 } as const;
  world.change('ep_1', { secret: (await currentSeal(sealer))(secrets[0] ?? '', binding) });
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function rotate(overlapSeconds: number): Promise<void> {
  const { secret } = await rotateSecret({ id: 'ep_1', actor: SYSTEM }, { overlapSeconds }, ports);
  secrets.push(secret);
}

/** Which secrets verify a webhook that is sent now, oldest first. */
async function verdicts(verify: Verifier): Promise<boolean[]> {
  const count = world.posts.length + 1;
  const times = { acceptedAt: world.now, expiresAt: world.now + 30 * DAY };
  await world.send(aMessage({ eventId: `evt_${count}`, ...times }));
  await world.drain();
  expect(world.posts).toHaveLength(count);
  vi.setSystemTime(world.now);
  const post = world.posts.at(-1)?.request ?? expect.fail('no POST');
  return Promise.all(secrets.map((secret) => verify(secret, post)));
}

describe('after a rotation', () => {
  it('each previous secret verifies until the end of its overlap, whatever is rotated meanwhile', async () => {
    await rotate(3_600);
    await rotate(60);
    expect(await verdicts(byStandardWebhooks)).toEqual([true, true, true]);
    world.now += 60_000;
    expect(await verdicts(byStandardWebhooks)).toEqual([true, false, true]);
    await rotate(30 * 86_400);
    world.now += 3_540_000;
    expect(await verdicts(byStandardWebhooks)).toEqual([false, false, true, true]);
    world.now += 30 * DAY;
    expect(await verdicts(byStandardWebhooks)).toEqual([false, false, false, true]);
  });

  it.each<[string, Verifier]>([
    ['standard', byStandardWebhooks],
    ['stripe', byStripe],
  ])(
    'without overlap, no previous secret of the profile %s verifies, however much of its own overlap was left',
    async (profile, verify) => {
      world.change('ep_1', { signatureProfile: profile });
      await rotate(30 * 86_400);
      await rotate(86_400);
      expect(await verdicts(verify)).toEqual([true, true, true]);
      await rotate(0);
      world.now += ENDPOINT_CACHE_MS;
      expect(await verdicts(verify)).toEqual([false, false, false, true]);
    },
  );

  it('the header of github is signed with the old secret until it ends, and then with the new', async () => {
    world.change('ep_1', { signatureProfile: 'github' });
    await rotate(86_400);
    expect(await verdicts(byOctokit)).toEqual([true, false]);
    world.now += 86_400_000;
    expect(await verdicts(byOctokit)).toEqual([false, true]);
  });

  it('that is refused, the secrets are unchanged', async () => {
    for (let count = 0; count < 4; count++) await rotate(86_400);
    const entry = world.registry.endpoints.get('ep_1');
    await expect(rotate(1)).rejects.toMatchObject({ kind: 'conflict' });
    expect(world.registry.endpoints.get('ep_1')).toEqual(entry);
    expect(await verdicts(byStandardWebhooks)).toEqual([true, true, true, true, true]);
  });

  it('a previous secret that ends between being read and the POST does not sign', async () => {
    await rotate(60);
    world.now += 59_000;
    const { put } = world.ledger;
    world.ledger.put = async (record, expected) => {
      const written = await put(record, expected);
      if (record.claim !== null) world.now += 1_000;
      return written;
    };
    const times = { acceptedAt: world.now, expiresAt: world.now + 30 * DAY };
    await world.send(aMessage({ eventId: 'evt_1', step: 2, ...times }));
    await world.drain();
    vi.setSystemTime(world.now);
    const post = world.posts[0]?.request ?? expect.fail('no POST');
    expect(await Promise.all(secrets.map((secret) => byStandardWebhooks(secret, post)))).toEqual([false, true]);
  });

  it('without overlap, a message that waited for its duplicate is signed with the new secret alone', async () => {
    world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } });
    world.answer = async (post) => {
      if (post > 1) return 200;
      await rotate(0);
      world.now += 30_000;
      return 500;
    };
    await world.ports.queue.send([{ message: aMessage(), delaySeconds: 0, lane: 'slow' }]);
    const [first = expect.fail('no message')] = world.receive(1, 'slow');
    await world.invoke([first, { ...first, messageId: 'moved', sentAt: first.sentAt + 1 }]);
    expect(world.posts).toHaveLength(2);
    vi.setSystemTime(world.now);
    const post = world.posts[1]?.request ?? expect.fail('no POST');
    expect(await Promise.all(secrets.map((secret) => byStandardWebhooks(secret, post)))).toEqual([false, true]);
  });
});
