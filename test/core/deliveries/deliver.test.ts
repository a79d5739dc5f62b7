import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryMessage } from '../../../core/deliveries/message.ts';
import { headersAfter } from '../../../core/endpoints/headers.ts';
import { freshHealth } from '../../../core/endpoints/health.ts';
import { createSecretOpener, currentSeal, type KeyService } from '../../../core/secrets/vault.ts';
import { createMemoryDataKeyStore, createMemoryKeyService } from '../../fakes/vault.ts';
import { aMessage, anEndpoint, DAY, DeliveryWorld, SECRET, START } from '../../support/delivery-world.ts';

let world: DeliveryWorld;
beforeEach(() => {
  world = new DeliveryWorld();
});

const policyOf = (changes: object) => ({ retryPolicy: { ...anEndpoint().retryPolicy, ...changes } });

describe('a delivery that succeeds at once', () => {
  it('is POSTed once, signed, recorded and acknowledged', async () => {
    await world.send(aMessage());
    await world.drain();

    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 1, deliveredAt: START });
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('keeps which URL was requested, whatever the endpoint has later', async () => {
    world.answer = (post) => (post === 1 ? 500 : 200);
    world.change('ep_1', { url: 'https://example.com/before?a=1' });
    await world.send(aMessage());
    await world.invoke(world.receive());
    world.change('ep_1', { url: 'https://example.com/after' });
    await world.run(60_000);

    expect(world.record()?.attempts.map(({ url }) => url)).toEqual([
      'https://example.com/before?a=1',
      'https://example.com/after',
    ]);
  });

  it('has the time of its signature, however long the sender takes to begin', async () => {
    const { send } = world.ports.sender;
    world.ports.sender.send = async (request) => {
      world.now += 1_500;
      return { ...(await send(request)), at: world.now };
    };
    await world.send(aMessage());
    await world.drain();

    const signedAt = Number(world.posts[0]?.request.headers['webhook-timestamp']);
    expect(world.record()?.attempts.map(({ at }) => Math.floor(at / 1_000))).toEqual([signedAt]);
  });

  it('carries the headers of the wire contract', async () => {
    world.change('ep_1', { headers: { 'x-team': 'billing' } });
    world.now = Date.now();
    await world.send(aMessage());
    await world.drain();

    const { headers, body, timeoutMs } = world.posts[0]?.request ?? expect.fail('no POST');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Postrider/test',
      'webhook-id': 'evt_1',
      'x-postrider-event-type': 'order.created',
      'x-postrider-delivery-id': 'dlv_1_1',
      'x-postrider-attempt': '1',
      'x-team': 'billing',
    });
    expect(headers.traceparent).toMatch(/^00-0{31}1-[0-9a-f]{16}-01$/);
    expect(new Webhook(SECRET).verify(body, { ...headers })).toEqual({});
    expect(timeoutMs).toBe(15_000);
  });

  it('carries one signature header, even if an older endpoint has a header of that name', async () => {
    world.change('ep_1', {
      headers: { 'X-HUB-SIGNATURE-256': 'mine', 'x-team': 'billing' },
      signatureProfile: 'github',
    });
    await world.send(aMessage());
    await world.drain();

    const { headers = {} } = world.posts[0]?.request ?? {};
    const named = Object.keys(headers).filter((name) => name.toLowerCase() === 'x-hub-signature-256');
    expect(named).toEqual(['x-hub-signature-256']);
    expect(headers).toMatchObject({ 'x-hub-signature-256': expect.stringMatching(/^sha256=/), 'x-team': 'billing' });
  });

  it('carries each header once and ours where an older endpoint has twins, or a signature in one of ours', async () => {
    world.change('ep_1', {
      headers: { Authorization: 'old', authorization: 'new', 'User-Agent': 'mine' },
      signatureProfile: 'stripe:Webhook-ID',
    });
    await world.send(aMessage());
    await world.drain();

    const { headers = {} } = world.posts[0]?.request ?? {};
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(headers).toMatchObject({ authorization: 'new', 'user-agent': 'Postrider/test', 'webhook-id': 'evt_1' });
  });

  it('carries sealed headers, and strikes them and its secret out of the answer', async () => {
    const clock = () => world.now;
    const service = createMemoryKeyService(world.random);
    let decrypts = 0;
    const keys: KeyService = {
      ...service,
      decrypt: (...call) => {
        decrypts++;
        return service.decrypt(...call);
      },
    };
    const seal = await currentSeal({ keys, store: createMemoryDataKeyStore(), clock, random: world.random });
    const opener = createSecretOpener(keys, clock);
    const headers = { 'X-Api-Key': 'key-4711', authorization: 'Basic YW5uYTpwYXNzLXdvcmQ=' };
    const sealed = await headersAfter(anEndpoint(), headers, { opener, seal: async () => seal });
    expect(JSON.stringify(sealed)).not.toContain('4711');
    const binding = { purpose: 'signing', tenant: 'acme', endpointId: 'ep_1', version: 1 } as const;
    world.change('ep_1', { ...sealed, secret: seal(SECRET, binding) });
    world.ports.secrets = opener;
    await world.send(aMessage());
    await world.drain();

    const { headers: sent, hide = String } = world.posts[0]?.request ?? expect.fail('no POST');
    expect(sent).toMatchObject(headers);
    expect(decrypts).toBe(1);
    expect(hide(`${sent['X-Api-Key']}, ${sent.authorization}, pass-word, ${SECRET}, ${sent['webhook-id']}`)).toBe(
      '[hidden], [hidden], [hidden], [hidden], evt_1',
    );
  });

  it('costs one ledger write and no claim', async () => {
    let writes = 0;
    const { put } = world.ledger;
    world.ledger.put = (record, expected) => {
      writes++;
      return put(record, expected);
    };
    await world.send(aMessage());
    await world.drain();
    expect(writes).toBe(1);
  });

  it('reads a large body from the store', async () => {
    await world.send(aMessage({ payload: { key: 'k', offset: 0, length: 16 } }));
    await world.drain();
    expect(world.posts[0]?.request.body).toBe('{"from":"store"}');
  });
});

describe('a delivery that fails', () => {
  it('is retried by the policy, each time with the same id and body, until it is acknowledged', async () => {
    world.answer = (post) => (post < 4 ? 500 : 200);
    await world.send(aMessage());
    await world.run(10 * 60_000);

    expect(world.postedAfter()).toEqual([0, 5, 25, 105]);
    expect(new Set(world.posts.map(({ request }) => request.headers['webhook-id']))).toEqual(new Set(['evt_1']));
    expect(world.posts.map(({ request }) => request.headers['x-postrider-attempt'])).toEqual(['1', '2', '3', '4']);
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 4, lastError: null });
    expect(world.record()?.attempts.map(({ statusCode }) => statusCode)).toEqual([500, 500, 500, 200]);
  });

  it('waits in the waiting room when SQS cannot delay that long, and is sent to the second', async () => {
    world.change('ep_1', policyOf({ initial_delay_seconds: 3600 }));
    world.answer = (post) => (post === 1 ? 503 : 200);
    await world.send(aMessage());
    await world.run(60_000);
    expect(world.record()).toMatchObject({
      status: 'waiting',
      waitingFor: 'backoff',
      nextAttemptAt: START + 3_600_000,
    });

    await world.run(2 * 3_600_000);
    expect(world.postedAfter()).toEqual([0, 3600]);
    expect(world.record()).toMatchObject({ status: 'delivered', waitingFor: null });
  });

  it('waits at least a minute after a 429 or a timeout, and longer if the receiver asks for it', async () => {
    world.answer = (post) => (post === 1 ? 429 : post === 2 ? 'timeout' : 200);
    await world.send(aMessage());
    await world.run(59_000);
    world.retryAfter = '100';
    await world.run(600_000);
    expect(world.postedAfter()).toEqual([0, 60, 160]);
  });

  it('is dead at once after a permanent failure when only transient ones are retried', async () => {
    world.change('ep_1', policyOf({ retry_on: 'transient' }));
    world.answer = () => 404;
    await world.send(aMessage());
    await world.drain();
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'dead', lastError: 'permanent_failure: http_status 404' });
  });

  it('disables the endpoint that answers 410', async () => {
    world.answer = () => 410;
    await world.send(aMessage());
    await world.drain();
    expect(world.endpoints.get('ep_1')).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    expect(world.record()).toMatchObject({ status: 'dead', attemptCount: 1 });
  });

  it('is dead as expired when its next attempt would be too late for its event', async () => {
    world.change('ep_1', policyOf({ initial_delay_seconds: 43_200 }));
    world.answer = () => 500;
    await world.send(aMessage({ expiresAt: START + DAY / 4 }));
    await world.drain();
    expect(world.record()).toMatchObject({ status: 'dead', lastError: 'expired: http_status 500' });
  });
});

describe('a delivery whose attempts are exhausted', () => {
  beforeEach(async () => {
    world.change('ep_1', policyOf({ max_attempts: 2 }));
    world.answer = () => 500;
    await world.send(aMessage());
    await world.run(60_000);
  });

  const moveBack = async () => {
    world.now += 1_000;
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.now += 1_000;
    world.queues.advance();
  };

  it('is dead, and its message reaches the dead-letter queue by the redrive policy with its own id', () => {
    expect(world.posts).toHaveLength(2);
    const [deadLetter] = world.queues.receive(world.deadLetters, { visibilityTimeoutSeconds: 0 });
    expect(world.record()).toMatchObject({ status: 'dead', lastError: 'http_status 500', attemptCount: 2 });
    expect(deadLetter?.messageId).toBe(world.record()?.deadLetter?.messageId);
    expect(deadLetter?.deadLetterSourceArn).toBe(world.queue);
  });

  it('starts its next cycle when its dead letter is redriven, and is delivered once', async () => {
    world.answer = () => 200;
    await moveBack();
    await world.run(60_000);
    expect(world.posts).toHaveLength(3);
    expect(world.record()).toMatchObject({
      status: 'delivered',
      next: { cycle: 2 },
      attemptCount: 1,
      deadLetter: null,
    });
    expect(world.queues.counts(world.deadLetters)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('dies again when the redriven cycle is exhausted too, and can be redriven again', async () => {
    await moveBack();
    await world.run(120_000);
    expect(world.posts).toHaveLength(4);
    expect(world.record()).toMatchObject({ status: 'dead', next: { cycle: 2 }, attemptCount: 2 });

    world.answer = () => 200;
    await moveBack();
    await world.run(60_000);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 3 } });
  });

  it('is not POSTed again when it is redriven after it was delivered', async () => {
    const record = world.record() ?? expect.fail('no record');
    await world.ledger.put({ ...record, status: 'delivered', revision: record.revision + 1 }, record.revision);
    await moveBack();
    await world.run(60_000);
    expect(world.posts).toHaveLength(2);
  });

  it('survives a crash between the adoption of a redriven message and its POST', async () => {
    world.answer = () => 200;
    await moveBack();
    const { sender } = world.ports;
    world.ports.sender = { send: () => Promise.reject(new Error('crash')) };
    await world.drain();
    expect(world.record()).toMatchObject({ status: 'retrying', next: { cycle: 2, step: 1 } });

    world.ports.sender = sender;
    await world.run(420_000);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });
    expect(world.posts).toHaveLength(3);
  });
});

describe('a delivery whose endpoint no longer takes it', () => {
  it.each([
    ['endpoint_deleted', () => world.endpoints.delete('ep_1')],
    ['endpoint_disabled', () => world.change('ep_1', { state: 'disabled' })],
    ['unsubscribed', () => world.change('ep_1', { eventTypes: ['invoice.*'] })],
    ['endpoint_deleted', () => world.change('ep_1', { tenant: 'other' })],
  ])('is discarded: %s', async (reason, given) => {
    given();
    await world.send(aMessage());
    await world.drain();
    expect(world.posts).toHaveLength(0);
    expect(world.record()).toMatchObject({ status: 'discarded', discardReason: reason });
  });

  it('is sent anyway if an operator chose to send it', async () => {
    world.change('ep_1', { eventTypes: ['invoice.*'] });
    await world.send(aMessage({ forced: true }));
    await world.drain();
    expect(world.posts).toHaveLength(1);
  });
});

describe('two copies of one message', () => {
  const twice = async (first: Partial<DeliveryMessage> = {}) => {
    await world.send(aMessage(first));
    await world.send(aMessage(first));
  };

  it('make one POST in one batch', async () => {
    await twice();
    await world.invoke(world.receive());
    await world.run(400_000);
    expect(world.posts).toHaveLength(1);
  });

  it('make one POST in two concurrent invocations if they are follow-ups', async () => {
    await twice({ step: 2, attempt: 2 });
    const [one, other] = world.receive();
    if (!one || !other) expect.fail('two messages were sent');
    await Promise.all([world.invoke([one]), world.invoke([other])]);
    await world.run(400_000);
    expect(world.posts).toHaveLength(1);
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('make no second POST while the follow-up of the first is not durable', async () => {
    const { queue } = world.ports;
    world.answer = () => 500;
    const copies = [aMessage(), aMessage()].map((message) => ({ message, delaySeconds: 0 }));
    await queue.send(copies);
    world.ports = {
      ...world.ports,
      queue: { send: () => Promise.reject(new Error('throttled')) },
      remainingMs: () => (world.posts.length > 0 ? 0 : 60_000),
    };
    await world.drain();
    expect(world.posts).toHaveLength(1);
    expect(world.queues.counts(world.queue).visible + world.queues.counts(world.queue).inFlight).toBe(2);
  });

  it('do not set the delivery back: an older step is stale', async () => {
    world.answer = () => 500;
    await world.send(aMessage());
    const [first] = world.receive();
    if (!first) expect.fail('a message was sent');
    await world.invoke([first]);
    await world.send(aMessage());
    await world.drain();
    expect(world.posts).toHaveLength(1);
    expect(world.notAttempted).toEqual(['stale']);
  });

  it('keep the only copy while the same message holds the claim in another invocation', async () => {
    await world.send(aMessage({ step: 2, attempt: 2 }));
    const [held] = world.receive();
    if (!held) expect.fail('a message was sent');
    let release = (): void => undefined;
    world.answer = () => new Promise((resolve) => (release = () => resolve(200)));
    const running = world.invoke([held]);
    await vi.waitUntil(() => world.posts.length === 1);
    await world.invoke([{ ...held, receiveCount: 2 }]);
    expect(world.queues.counts(world.queue)).toMatchObject({ inFlight: 1 });
    release();
    await running;
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });

  it('wait until the claim of a dead holder ends, and no longer', async () => {
    world.answer = () => new Promise(() => undefined);
    await world.send(aMessage({ step: 2, attempt: 2 }));
    const [held] = world.receive();
    if (!held) expect.fail('a message was sent');
    void world.invoke([held]);
    await vi.waitUntil(() => world.posts.length === 1);
    world.answer = () => 200;
    world.queues.changeVisibility(world.queue, held.receiptHandle, 0);
    await world.run(70_000);
    expect(world.postedAfter()).toEqual([0, 60]);
  });
});

describe('errors on our side', () => {
  it('before a POST keep the message and make no POST', async () => {
    world.ports.secrets = { open: () => Promise.reject(new Error('KMS is unavailable')) };
    await world.send(aMessage());
    await world.drain();
    expect(world.posts).toHaveLength(0);
    expect(world.queues.counts(world.queue)).toMatchObject({ inFlight: 1 });

    world.ports.secrets = { open: async () => SECRET };
    await world.run(400_000);
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });

  it('with one message do not affect the rest of its batch', async () => {
    world.endpoints.set('ep_2', anEndpoint({ id: 'ep_2' }));
    world.ports.payloads = { get: () => Promise.reject(new Error('S3 is unavailable')) };
    await world.send(aMessage({ payload: { key: 'k', offset: 0, length: 1 } }));
    world.health.set('ep_2', { ...freshHealth('ep_2'), lane: 'fast', revision: 1 });
    await world.send(aMessage({ endpointId: 'ep_2' }));
    await world.invoke(world.receive());
    expect(world.posts).toHaveLength(1);
    expect(world.record('evt_1', 'ep_2')).toMatchObject({ status: 'delivered' });
  });

  it('that answers as the invocation ends leaves the message to its next receive, and sends no other', async () => {
    world.ports.secrets = {
      open: async () => {
        world.now += 59_000;
        return SECRET;
      },
    };
    await world.send(aMessage());
    await world.invoke(world.receive());
    expect(world.posts).toHaveLength(0);
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });

    world.ports.secrets = { open: async () => SECRET };
    await world.run(400_000);
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });

  it('after a POST never cause another: the record is written once the ledger is available again', async () => {
    const { put } = world.ledger;
    let refusals = 5;
    world.ledger.put = (record, expected) =>
      refusals-- > 0 ? Promise.reject(new Error('throttled')) : put(record, expected);
    await world.send(aMessage());
    await world.drain();
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });

  it('after a POST that outlast the invocation are repaired by the next one, without a POST', async () => {
    const { put } = world.ledger;
    world.ledger.put = () => Promise.reject(new Error('throttled'));
    world.ports.remainingMs = () => (world.posts.length > 0 ? 1_000 : 60_000);
    await world.send(aMessage());
    await world.drain();
    world.ledger.put = put;
    world.ports.remainingMs = () => 60_000;
    await world.run(400_000);
    expect(world.posts).toHaveLength(1);
    expect(world.record()).toMatchObject({ status: 'delivered' });
  });

  it('that delay a record past the next attempt leave the attempts in chronological order', async () => {
    const { put } = world.ledger;
    let late = (): void => undefined;
    world.answer = (post) => (post === 1 ? 500 : 200);
    world.ledger.put = async (record, expected) => {
      // The first attempt's record is held up until the second has been made and recorded.
      if (record.attempts.length === 1 && record.attempts[0]?.number === 1)
        await new Promise<void>((go) => (late = go));
      return put(record, expected);
    };
    await world.send(aMessage());
    const slow = world.invoke(world.receive());
    await vi.waitUntil(() => world.queues.counts(world.queue).delayed === 1);
    world.now += 5_000;
    await world.drain();
    late();
    await slow;
    expect(world.record()).toMatchObject({ status: 'delivered', attemptCount: 2 });
    expect(world.record()?.attempts.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('between the follow-up and its record neither lose nor duplicate anything', async () => {
    const { put } = world.ledger;
    world.answer = (post) => (post === 1 ? 500 : 200);
    world.ledger.put = () => Promise.reject(new Error('crash'));
    world.ports.remainingMs = () => (world.posts.length > 0 ? 1_000 : 60_000);
    await world.send(aMessage());
    await world.drain();
    world.ledger.put = put;
    world.ports.remainingMs = () => 60_000;
    world.ports.unrecordedResults.clear();
    await world.run(800_000);
    expect(world.record()).toMatchObject({ status: 'delivered' });
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    // The crash lost the first POST's result; its follow-up and the message itself lead to one further POST.
    expect(world.posts).toHaveLength(2);
  });
});

describe('a replay', () => {
  const replayNow = async () => {
    const record = world.record() ?? expect.fail('no record');
    const endpoint = world.endpoints.get('ep_1') ?? anEndpoint();
    return world.replay(record, endpoint);
  };

  it('sends a finished delivery again in a new cycle, even if its endpoint no longer subscribes', async () => {
    await world.send(aMessage());
    await world.drain();
    world.change('ep_1', { eventTypes: ['other'] });
    expect(await replayNow()).toMatchObject({ status: 'retrying', next: { cycle: 2, step: 1 }, attemptCount: 0 });
    await world.drain();
    expect(world.posts).toHaveLength(2);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 }, attemptCount: 1 });
  });

  it('is refused while the delivery is in progress, and for a disabled endpoint', async () => {
    world.answer = () => 500;
    await world.send(aMessage());
    await world.drain();
    await expect(replayNow()).rejects.toMatchObject({ kind: 'conflict' });
    world.change('ep_1', { state: 'disabled' });
    await world.run(60_000);
    await expect(replayNow()).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('requested twice at once makes one POST', async () => {
    await world.send(aMessage());
    await world.drain();
    await Promise.all([replayNow(), replayNow()]);
    await world.run(400_000);
    expect(world.posts).toHaveLength(2);
  });

  it('of a dead delivery makes its dead letter stale', async () => {
    world.change('ep_1', policyOf({ max_attempts: 1 }));
    world.answer = (post) => (post === 1 ? 500 : 200);
    await world.send(aMessage());
    await world.drain();
    await replayNow();
    await world.drain();
    world.now += 1_000;
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.now += 1_000;
    world.queues.advance();
    await world.run(60_000);
    expect(world.posts).toHaveLength(2);
  });
});

describe('a paused endpoint', () => {
  it('whose release fails does not prevent the release of others', async () => {
    for (const id of ['ep_1', 'ep_2']) {
      world.endpoints.set(id, anEndpoint({ id, state: 'paused' }));
      await world.send(aMessage({ endpointId: id }));
    }
    await world.drain();
    for (const id of ['ep_1', 'ep_2']) world.change(id, { state: 'active' });
    const { send } = world.ports.queue;
    world.ports.queue.send = async (messages) => {
      if (messages.some(({ message }) => message.endpointId === 'ep_1')) throw new Error('throttled');
      return send(messages);
    };
    await expect(world.tick()).rejects.toThrow('1 endpoints were not released');
    expect(world.record('evt_1', 'ep_1')).toMatchObject({ status: 'waiting' });
    expect(world.record('evt_1', 'ep_2')).toMatchObject({ status: 'retrying' });
  });

  it('counts what is released, however many endpoints are released at the same time', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => `ep_${at}`);
    for (const id of ids) {
      world.endpoints.set(id, anEndpoint({ id, state: 'paused' }));
      await world.send(aMessage({ endpointId: id }));
    }
    await world.drain();
    for (const id of ids) world.change(id, { state: 'active' });
    expect(await world.tick()).toBe(12);
  });

  it('gets each of its deliveries once when it is resumed, and costs nothing meanwhile', async () => {
    world.change('ep_1', { state: 'paused' });
    for (let event = 1; event <= 30; event++) await world.send(aMessage({ eventId: `evt_${event}` }));
    await world.run(DAY);
    expect(world.posts).toHaveLength(0);
    expect(world.record()).toMatchObject({ status: 'waiting', waitingFor: 'paused', attemptCount: 0 });
    expect(world.queues.counts(world.queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });

    world.change('ep_1', { state: 'active' });
    await world.run(5 * 60_000);
    expect(new Set(world.posts.map(({ request }) => request.headers['webhook-id'])).size).toBe(30);
    expect(world.posts).toHaveLength(30);
    expect(world.health.get('ep_1')?.holding).toBeNull();
  });
});
