import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEventBus } from '../../../adapters/eventbridge/event-bus.ts';
import type { AcceptedEvents } from '../../../core/events/accepted.ts';
import { START } from '../../support/delivery-world.ts';

const aws = mockClient(EventBridgeClient);
const bus = createEventBus({ client: new EventBridgeClient({ region: 'us-east-1' }), bus: 'the-bus' });
beforeEach(() => aws.reset());

function entry(inline = '{}'): AcceptedEvents {
  const payload = { key: 'k', offset: 0, length: 2, inline };
  const event = { id: 'evt_1', type: 'a', acceptedAt: START, expiresAt: START, traceId: '1', payload };
  return { v: 1, tenant: 'acme', events: [event] };
}

describe('the bus', () => {
  it('puts events as event.accepted, the body as a string in the detail', async () => {
    aws.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    expect(await bus.put([entry('{"n":1.10}')])).toEqual([]);
    const [put] = aws.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(put).toMatchObject({ EventBusName: 'the-bus', Source: 'postrider', DetailType: 'event.accepted' });
    expect(JSON.parse(put?.Detail ?? '')).toEqual(entry('{"n":1.10}'));
  });

  it('puts operational events under their own type, the envelope as the detail', async () => {
    aws.on(PutEventsCommand).resolves({ Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }] });
    const entry = { type: 'postrider.delivery.dead', envelope: '{"id":"evt_1","data":{}}' };
    expect(await bus.tell([entry, entry])).toEqual([1]);
    expect(aws.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries?.[0]).toEqual({
      EventBusName: 'the-bus',
      Source: 'postrider',
      DetailType: 'postrider.delivery.dead',
      Detail: entry.envelope,
    });
  });

  it('reports which entries were not accepted', async () => {
    const Entries = [
      { EventId: '1' },
      { ErrorCode: 'ThrottlingException' },
      { EventId: '3' },
      { ErrorCode: 'InternalFailure' },
    ];
    aws.on(PutEventsCommand).resolves({ FailedEntryCount: 2, Entries });
    expect(await bus.put([entry(), entry(), entry(), entry()])).toEqual([1, 3]);
  });

  it('treats entries missing from the response as not accepted', async () => {
    aws.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    expect(await bus.put([entry()])).toEqual([0]);
  });

  it('splits calls at ten entries and below 1 MB, and keeps their indexes', async () => {
    aws.on(PutEventsCommand).callsFake(({ Entries }) => ({
      Entries: Entries.map((_: unknown, at: number) => (at === 0 ? {} : { EventId: 'x' })),
    }));
    expect((await bus.put(Array.from({ length: 25 }, () => entry()))).sort((a, b) => a - b)).toEqual([0, 10, 20]);
    aws.resetHistory();
    await bus.put(Array.from({ length: 10 }, () => entry('x'.repeat(190_000))));
    const sizes = aws
      .commandCalls(PutEventsCommand)
      .map(({ args }) => (args[0].input.Entries ?? []).reduce((sum, { Detail = '' }) => sum + Detail.length, 0));
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
  });
});
