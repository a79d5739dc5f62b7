import assert from 'node:assert/strict';
import { readCandidates } from '../../../core/events/read-candidates.ts';
import { fanoutMessage } from '../../../core/fanout/message.ts';
import { isObject } from '../../../core/json.ts';
import { PROBLEMS, Problem } from '../../../core/problem.ts';
import { PRODUCER, PublishingWorld } from '../../support/publishing-world.ts';
import { jsonOf, type Target } from './target.ts';

/** The characters that SQS accepts in a body: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const SQS_TAKES = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u;

/** The input is the body of a publish request. */
async function check(input: string): Promise<string> {
  const world = new PublishingWorld();
  // Decoded bytes contain no lone surrogates.
  const body = input.toWellFormed();
  try {
    const published = await world.publish(body);
    const value = jsonOf(body.replace(/^\ufeff/, ''));
    const events: unknown[] = Array.isArray(value) ? value : [value];
    assert.equal(published.length, events.length, 'An event is missing.');
    checkCandidates(body, events, world);
    for (const [at, { id }] of published.entries()) await checkStored(world, id, events[at]);
    checkAnnounced(world);
    return `accepted ${Math.min(published.length, 3)} ${Object.keys(Object(events[0])).sort()}`;
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    assert.ok(PROBLEMS[fault.kind].status < 500, 'It is called our fault.');
    assert.equal(world.events.events.size + world.payloads.objects.size, 0, 'What is refused is stored.');
    const [first] = fault.faults;
    return `${fault.kind} ${first?.message.replaceAll(/\d.*/gs, '')}`;
  }
}

function checkCandidates(body: string, events: unknown[], world: PublishingWorld): void {
  const candidates = readCandidates({ caller: PRODUCER, body, idempotencyKey: undefined }, world.ports);
  for (const [at, { dataText }] of candidates.entries()) {
    const event = events[at];
    assert.ok(body.includes(dataText), 'The text of data is not as it was written.');
    assert.ok(isObject(event));
    assert.equal(
      JSON.stringify(JSON.parse(dataText)),
      JSON.stringify(event.data),
      'The text of data means a different value.',
    );
  }
}

/** The envelope contains what was sent, whatever its names. */
async function checkStored(world: PublishingWorld, id: string, event: unknown): Promise<void> {
  const record = world.events.events.get(id);
  assert.ok(record !== undefined && isObject(event), 'An accepted event is not stored.');
  const envelope = jsonOf(await world.payloads.get(record.payload));
  assert.ok(isObject(envelope), 'The envelope is no JSON.');
  for (const name of ['type', 'version', 'data', 'metadata', 'resource_url']) {
    assert.equal(JSON.stringify(envelope[name]), JSON.stringify(event[name]), `The envelope has another ${name}.`);
  }
  assert.match(String(envelope.timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'The time cannot be written.');
  const given = event.timestamp;
  if (typeof given === 'string') {
    assert.equal(Date.parse(String(envelope.timestamp)), Date.parse(given), 'The time is another.');
  }
}

/** Entries on the bus pass through EventBridge and SQS, and can be read by the consumer. */
function checkAnnounced(world: PublishingWorld): void {
  for (const detail of world.busEntries) {
    const text = JSON.stringify(detail);
    assert.match(text, SQS_TAKES, 'SQS does not take the message.');
    assert.deepEqual(fanoutMessage.parse(JSON.parse(text)), detail, 'The message reads as another.');
  }
}

export const target: Target = {
  holds: 'A publish request is refused with nothing stored, or stored as written and put on the bus.',
  covers: ['core/events/', 'core/validate.ts', 'core/ids.ts', 'core/fanout/message.ts', 'node_modules/zod/v4/core/'],
  seeds: [
    '{"type":"order.created","data":{"n":12345678901234567890,"f":1.10,"s":"\\u00e9\\\\"}}',
    '{"type":"a","data":null,"tenant":"acme","version":"2","metadata":{"a":"b"},"resource_url":"https://a.example/","timestamp":"2026-11-22T10:00:00+01:00","idempotency_key":"k"}',
    '[{"type":"a","data":1,"idempotency_key":"x"},{"type":"b.c","data":[],"idempotency_key":"y"}]',
    ...['', '[]', '{}', 'null', '{"type":"postrider.x","data":1}', '{"type":"a"}', '\ufeff{"type":"a","data":1}'],
  ],
  dictionary: [
    ...[
      '"type":',
      '"data":',
      '"tenant":',
      '"version":',
      '"metadata":',
      '"resource_url":',
      '"timestamp":',
      '"idempotency_key":',
      ',',
    ],
    ...[
      'type',
      'data',
      'tenant',
      'version',
      'metadata',
      'resource_url',
      'timestamp',
      'idempotency_key',
      '__proto__',
      'postrider.',
    ],
    ...[
      '0000-01-01T00:00:00+23:59',
      '9999-12-31T23:59:59-23:59',
      '2026-02-30T00:00:00Z',
      '2026-11-22T24:00:00Z',
      '+00:00',
      '.123456789Z',
    ],
    ...[
      '"__proto__":"a"',
      '{"__proto__":"a"}',
      '..',
      '.',
      'http://[::1]:1/\\\\a',
      'javascript:0',
      '\\ud800',
      '\\ufffe',
      '\ufffe',
      '\uffff',
      '[…]',
      '[…,…]',
    ],
  ],
  check,
};
