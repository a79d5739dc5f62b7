import { beforeEach, describe, expect, it } from 'vitest';
import { keyText } from '../../../core/deliveries/ledger.ts';
import { idempotencyKey } from '../../../core/events/input.ts';
import { eventIdForKey } from '../../../core/ids.ts';
import { aMessage, anEndpoint, START } from '../../support/delivery-world.ts';
import { OutboxWorld } from './world.ts';

let world: OutboxWorld;
beforeEach(() => {
  world = new OutboxWorld();
});

const MINUTE = 60_000;
const opened = { type: 'circuit_opened', at: START + 1_000, failures: 10 } as const;
const closed = { type: 'circuit_closed', at: START + 2_000 } as const;
const disabled = { type: 'disabled', at: START + 3_000, reason: 'failing' } as const;

/** A delivery to an endpoint that answers 500, attempted twice: dead. */
async function aDeath(changes: Parameters<typeof aMessage>[0] = {}): Promise<void> {
  world.change('ep_1', { retryPolicy: { ...anEndpoint().retryPolicy, initial_delay_seconds: 1, max_attempts: 2 } });
  world.answer = () => 500;
  await world.send(aMessage(changes));
  await world.run(MINUTE);
}

describe('an operational event', () => {
  it('is an event of the tenant: stored, on the bus for the fan-out, and on the bus under its own type', async () => {
    world.happens(opened);
    world.now += MINUTE;

    expect(await world.publishOutbox()).toBe(1);

    const [event] = world.accepted();
    expect(event).toMatchObject({ tenant: 'acme', type: 'postrider.endpoint.circuit_opened', acceptedAt: world.now });
    expect(event).not.toHaveProperty('repeat');
    const record = world.publishing.events.events.get(event?.id ?? '');
    expect(record).toMatchObject({ tenant: 'acme', type: event?.type, expiresAt: event?.expiresAt });
    const [entry] = world.ruleEntries;
    expect(entry).toEqual({ type: 'postrider.endpoint.circuit_opened', envelope: event?.payload.inline });
    expect(await world.publishing.payloads.get(record?.payload ?? { key: '', offset: 0, length: 0 })).toBe(
      entry?.envelope,
    );
    expect(world.noticesOf()).toEqual([]);
  });

  it('reaches the endpoints that subscribe to operational events by name, and no other', async () => {
    for (const [id, pattern] of [
      ['ep_all', 'postrider.*'],
      ['ep_one', 'postrider.endpoint.circuit_opened'],
      ['ep_star', '*'],
      ['ep_other', 'postrider.delivery.*'],
    ] as const) {
      await world.publishing.subscribe(id, [pattern], { tenant: 'acme' });
    }
    world.happens(opened);
    await world.publishOutbox();
    await world.publishing.fanOutAll();
    expect(world.publishing.recipients().toSorted()).toEqual(['ep_all', 'ep_one']);
  });

  it('is published once: nothing happens a minute later', async () => {
    world.happens(opened);
    await aDeath();
    await world.publishOutbox();
    expect(await world.publishOutbox()).toBe(0);
    expect(world.accepted()).toHaveLength(2);
  });

  it('has an id that no idempotency key of a producer can produce', async () => {
    world.happens(opened);
    await world.publishOutbox();
    const key = ['\u0000', 'endpoint', 'ep_1', opened.type, opened.at].join('\n');
    expect(world.accepted()[0]?.id).toBe(eventIdForKey('acme', key));
    expect(idempotencyKey.safeParse(key).success).toBe(false);
  });

  it('that was published in part is published again as the same event with the same bytes, marked as a repeat', async () => {
    await aDeath();
    const { put } = world.ledger;
    world.ledger.put = () => Promise.reject(new Error('throttled'));
    await expect(world.publishOutbox()).rejects.toThrow('1 faults');
    world.ledger.put = put;
    // By now the record has changed.
    const record = world.record();
    if (record) await put({ ...record, lastError: 'other', revision: record.revision + 1 }, record.revision);

    await world.publishOutbox();

    const [first, second] = world.accepted();
    expect(second).toEqual({ ...first, repeat: true });
    expect(world.record()?.outbox).toEqual([]);
  });

  it('whose bytes were never stored uses the current ones', async () => {
    await aDeath();
    const { put } = world.publishing.payloads;
    world.outboxPorts.payloads.put = () => Promise.reject(new Error('throttled'));
    await expect(world.publishOutbox()).rejects.toThrow();
    world.outboxPorts.payloads.put = put;
    const record = world.record();
    if (record) {
      await world.ledger.put({ ...record, lastError: 'other', revision: record.revision + 1 }, record.revision);
    }

    await world.publishOutbox();

    const [event] = world.accepted();
    expect(world.envelopes()[0].data.last_error).toBe('other');
    expect(await world.publishing.payloads.get(event?.payload ?? { key: '', offset: 0, length: 0 })).toBe(
      event?.payload.inline,
    );
    expect(world.publishing.events.events.get(event?.id ?? '')?.payload.key).toBe(event?.payload.key);
  });

  it.each(['the fan-out', 'the rules'])(
    'that the bus did not accept for %s is kept, and published a minute later',
    async (who) => {
      world.happens(opened);
      await aDeath();
      const { tell } = world.outboxPorts.rules;
      if (who === 'the fan-out') world.publishing.busRefusals = 1_000;
      else world.outboxPorts.rules.tell = async (entries) => entries.map((_, index) => index);
      await expect(world.publishOutbox()).rejects.toThrow();
      expect([world.noticesOf().length, world.record()?.outbox.length]).toEqual([1, 1]);

      world.publishing.busRefusals = 0;
      world.outboxPorts.rules.tell = tell;
      expect(await world.publishOutbox()).toBe(2);

      expect([world.noticesOf().length, world.record()?.outbox.length]).toEqual([0, 0]);
      expect(world.ruleEntries).toHaveLength(2);
    },
  );

  it('that fails stops no other, and is published a minute later', async () => {
    await aDeath();
    await aDeath({ eventId: 'evt_2' });
    world.happens(opened);
    const { create } = world.publishing.events;
    world.publishing.events.create = (event) =>
      event.type.startsWith('postrider.endpoint') ? Promise.reject(new Error('throttled')) : create(event);

    await expect(world.publishOutbox()).rejects.toThrow('1 faults');
    expect(world.accepted().map(({ type }) => type)).toEqual(['postrider.delivery.dead', 'postrider.delivery.dead']);

    world.publishing.events.create = create;
    expect(await world.publishOutbox()).toBe(1);
  });

  it('is left for the next run when time runs out', async () => {
    world.happens(opened);
    await aDeath();
    world.remainingMs = () => 5_000;
    expect(await world.publishOutbox()).toBe(0);
    world.remainingMs = () => 60_000;
    expect(await world.publishOutbox()).toBe(2);
  });
});

describe('an operational event about an endpoint', () => {
  it('names it and what happened, but neither its URL nor its secrets', async () => {
    world.change('ep_1', { url: 'https://hooks.example.com/secret-path?token=1', headers: { authorization: 'x' } });
    world.happens(opened);
    world.happens(closed);

    await world.publishOutbox();

    expect(world.envelopes()).toEqual([
      {
        id: expect.stringMatching(/^evt_/),
        type: 'postrider.endpoint.circuit_opened',
        timestamp: '2026-11-22T10:00:01.000Z',
        data: { endpoint_id: 'ep_1', host: 'hooks.example.com', consecutive_failures: 10 },
      },
      {
        id: expect.stringMatching(/^evt_/),
        type: 'postrider.endpoint.circuit_closed',
        timestamp: '2026-11-22T10:00:02.000Z',
        data: { endpoint_id: 'ep_1', host: 'hooks.example.com' },
      },
    ]);
    expect(JSON.stringify(world.ruleEntries)).not.toMatch(/secret-path|token|authorization/);
  });

  it('that was disabled automatically says why', async () => {
    world.change('ep_1', { state: 'disabled', disabledReason: 'failing' });
    world.happens(disabled, { consecutiveFailures: 31, failingSince: START - 5 * 86_400_000 });

    await world.publishOutbox();

    expect(world.envelopes()[0]).toMatchObject({
      type: 'postrider.endpoint.disabled',
      data: { reason: 'failing', consecutive_failures: 31, failing_since: '2026-11-17T10:00:00.000Z' },
    });
  });

  it('that is not disabled yet waits; after ten minutes it is dropped and reported as dropped', async () => {
    world.happens(disabled);
    world.now = disabled.at + 10 * MINUTE;
    expect(await world.publishOutbox()).toBe(0);
    expect(world.noticesOf()).toEqual([disabled]);

    world.now += 1;
    expect(await world.publishOutbox()).toBe(0);

    expect(world.noticesOf()).toEqual([]);
    expect(world.dropped).toEqual([{ endpointId: 'ep_1', notice: disabled }]);
    expect(world.accepted()).toEqual([]);
  });

  it('that was disabled by an operator is not published', async () => {
    world.change('ep_1', { state: 'disabled', disabledReason: 'manual' });
    world.happens(disabled);
    world.now = disabled.at + 11 * MINUTE;
    await world.publishOutbox();
    expect(world.accepted()).toEqual([]);
    expect(world.noticesOf()).toEqual([]);
  });

  it('that is deleted is dropped: its tenant is no longer known', async () => {
    world.happens(opened);
    world.endpoints.delete('ep_1');
    await world.publishOutbox();
    expect(world.accepted()).toEqual([]);
    expect(world.dropped).toEqual([{ endpointId: 'ep_1', notice: opened }]);
    expect(world.noticesOf()).toEqual([]);
  });

  it('leaves the rest of its health unchanged', async () => {
    world.happens(opened, { consecutiveFailures: 10, lane: 'slow' });
    const before = world.health.get('ep_1');
    await world.publishOutbox();
    expect(world.health.get('ep_1')).toEqual({ ...before, outbox: [], revision: (before?.revision ?? 0) + 1 });
  });

  it('keeps notices that are added meanwhile', async () => {
    world.happens(opened);
    world.outboxPorts.rules.tell = async () => {
      const health = world.health.get('ep_1');
      world.happens(closed, { revision: (health?.revision ?? 0) + 1 });
      return [];
    };
    await world.publishOutbox();
    expect(world.noticesOf()).toEqual([closed]);
  });
});

describe('an operational event about a delivery', () => {
  it('that died names it and the reason, in the trace of its event', async () => {
    const ids = { eventId: `evt_${'1'.repeat(26)}`, endpointId: `ep_${'2'.repeat(26)}` };
    world.endpoints.set(
      ids.endpointId,
      anEndpoint({ id: ids.endpointId, retryPolicy: { ...anEndpoint().retryPolicy, max_attempts: 1 } }),
    );
    world.answer = () => 500;
    await world.send(aMessage(ids));
    await world.run(1_000);
    expect(await world.publishOutbox()).toBe(0);
    // Others may die in the same minute.
    world.now = START + MINUTE;
    const { updatedAt } = world.record(ids.eventId, ids.endpointId) ?? {};

    await world.publishOutbox();

    expect(world.envelopes()).toEqual([
      {
        id: expect.stringMatching(/^evt_/),
        type: 'postrider.delivery.dead',
        timestamp: new Date(START).toISOString(),
        data: {
          delivery_id: `dlv_${'1'.repeat(26)}_${'2'.repeat(26)}`,
          event_id: ids.eventId,
          event_type: 'order.created',
          endpoint_id: ids.endpointId,
          cycle: 1,
          attempt_count: 1,
          last_error: 'http_status 500',
        },
      },
    ]);
    expect(world.accepted()[0]?.traceId).toBe(aMessage().traceId);
    // Publishing the notice is not a change of the delivery.
    expect(world.record(ids.eventId, ids.endpointId)).toMatchObject({ status: 'dead', outbox: [], updatedAt });
  });

  it('that recovered says so; both are published if both are pending', async () => {
    await aDeath();
    world.answer = () => 200;
    world.queues.startMoveTask({ sourceArn: world.deadLetters });
    world.queues.advance();
    await world.run(MINUTE);
    expect(world.record()).toMatchObject({ status: 'delivered', next: { cycle: 2 } });

    await world.publishOutbox();

    expect(world.envelopes().map(({ type, data }) => ({ type, ...data }))).toMatchObject([
      { type: 'postrider.delivery.dead', cycle: 1, attempt_count: 2, last_error: null },
      { type: 'postrider.delivery.recovered', cycle: 2, attempt_count: 1 },
    ]);
    expect(world.envelopes()[1].data).not.toHaveProperty('last_error');
    expect(world.record()?.outbox).toEqual([]);
  });

  it('says how many attempts it took, although its record has begun another cycle and has them no more', async () => {
    await aDeath();
    const record = world.record() ?? expect.fail('There is no record.');
    const next = { cycle: 2, step: 1 };
    world.ledger.records.set(keyText(record), { ...record, status: 'retrying', next, attemptCount: 0, attempts: [] });
    world.now += MINUTE;
    await world.publishOutbox();
    expect(world.envelopes()).toMatchObject([
      { type: 'postrider.delivery.dead', data: { cycle: 1, attempt_count: 2 } },
    ]);
  });

  it('of an operational event does not exist: they would loop', async () => {
    await aDeath({ eventType: 'postrider.delivery.dead', forced: true });
    expect(world.record()?.status).toBe('dead');
    expect(await world.publishOutbox()).toBe(0);
  });
});
