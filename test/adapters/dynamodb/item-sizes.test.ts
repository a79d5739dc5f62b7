import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { deliveryItem } from '../../../adapters/dynamodb/delivery-item.ts';
import { endpointItem } from '../../../adapters/dynamodb/endpoints.ts';
import { eventTypeItem } from '../../../adapters/dynamodb/event-types.ts';
import { eventItem } from '../../../adapters/dynamodb/events.ts';
import { excerptOf } from '../../../adapters/http/excerpt.ts';
import { auditEntry } from '../../../core/audit/audit.ts';
import { advanced } from '../../../core/deliveries/advance.ts';
import { ATTEMPTS_KEPT } from '../../../core/deliveries/record.ts';
import { RESPONSE_HEADER_LENGTH, RESPONSE_HEADERS, RESPONSE_HEADERS_MAX } from '../../../core/deliveries/sender.ts';
import { type EndpointSettings, endpointSettings, fieldsOf } from '../../../core/endpoints/settings.ts';
import { endpointChanges } from '../../../core/endpoints/snapshot.ts';
import { ApiWorld } from '../../support/api-world.ts';
import { aMessage, anEndpoint, START } from '../../support/delivery-world.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** Source: DynamoDB developer guide, "Quotas": names and values together. */
const ITEM_BYTES_MAX = 400 * 1024;
/** What automatic changes may add to an item, such as noting pages of a fan-out. */
const RESERVE_BYTES = 20 * 1024;

function bytesOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return 21;
  return Object.entries(value.M ?? {}).reduce(
    (sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + bytesOf(one),
    3,
  );
}
const itemBytes = (item: Record<string, AttributeValue>) => bytesOf({ M: item });

/** A character that takes six bytes in JSON, the maximum. */
const WIDEST = '\u0001';
/** The visible ASCII character that is longest in JSON. */
const QUOTE = '"';
const names = (count: number, characters: number) =>
  Array.from({ length: count }, (_, at) => String(at).padStart(2, '0') + WIDEST.repeat(characters - 2));

function largestSettings(turn: string): EndpointSettings {
  const wide = (length: number) => turn + WIDEST.repeat(length - 1);
  return endpointSettings.parse({
    url: `https://e.com/${wide(2048 - 14)}`,
    description: wide(1024),
    event_types: Array.from({ length: 50 }, (_, at) => `${turn}${at}`.padEnd(128, 'x')),
    filter: wide(2048),
    headers: Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`x-${turn}-${at}`.padEnd(64, 'x'), QUOTE.repeat(1024)]),
    ),
    signature: {
      header: 'x'.repeat(64),
      content: `{body}${turn}`.padEnd(256, QUOTE),
      format: `{signature}${turn}`.padEnd(256, QUOTE),
      also: Object.fromEntries(
        Array.from({ length: 5 }, (_, at) => [`s-${turn}-${at}`.padEnd(64, 'x'), turn.padEnd(256, QUOTE)]),
      ),
    },
    metadata: Object.fromEntries(names(20, 256).map((name) => [name, wide(256)])),
  });
}

it('an endpoint fits in an item with the entry of a change of everything', () => {
  const sealed = {
    keyId: 'dk_'.padEnd(29, 'x'),
    wrappedKey: 'x'.repeat(512),
    nonce: 'x'.repeat(16),
    box: 'x'.repeat(200),
  };
  const old = { sealed, version: 1, expiresAt: START };
  const base = anEndpoint({ tenant: 'x'.repeat(64), secret: sealed, previousSecrets: [old, old, old, old] });
  const before = { ...base, ...fieldsOf(largestSettings('a')) };
  const after = { ...base, ...fieldsOf(largestSettings('b')) };
  const actor = { kind: 'api_key', id: 'key_'.padEnd(30, 'x'), name: '€'.repeat(128) } as const;
  const entry = auditEntry(
    { actor, action: 'endpoint.updated', object: after.id, tenant: after.tenant, ...endpointChanges(before, after) },
    { clock: () => START, random: seededRandom(1) },
  );
  const bytes = itemBytes(endpointItem(after, entry));
  expect(bytes).toBeGreaterThan(250 * 1024);
  expect(bytes).toBeLessThan(ITEM_BYTES_MAX - RESERVE_BYTES);
});

it('an event fits in an item, with 100 endpoints and 500 pages noted on it', async () => {
  const world = new PublishingWorld();
  const metadata = Object.fromEntries(names(20, 256).map((name) => [name, WIDEST.repeat(256)]));
  const given = {
    type: 'x'.repeat(128),
    tenant: 'x'.repeat(64),
    version: WIDEST.repeat(32),
    resource_url: `https://e.com/${WIDEST.repeat(2048 - 15)}x`,
  };
  await world.publish({ ...given, data: 1, metadata });
  const [event] = [...world.events.events.values()];
  const page = { matched: 200, endpointIds: [], last: false, from: `8#${'x'.repeat(128)}#${'x'.repeat(29)}` };
  const pages = Array.from({ length: 500 }, (_, at) => [at, page] as const);
  const first = { ...page, endpointIds: Array.from({ length: 100 }, () => 'x'.repeat(29)) };
  const notes = Object.entries({ ...Object.fromEntries(pages), 0: first });
  const item = eventItem(event ?? expect.fail(), 4);
  item.fanout = { M: Object.fromEntries(notes.map(([at, note]) => [at, { S: JSON.stringify(note) }])) };
  expect(itemBytes(item)).toBeGreaterThan(150 * 1024);
  expect(itemBytes(item)).toBeLessThan(ITEM_BYTES_MAX - RESERVE_BYTES);
});

it('an event type fits in an item with the entry of a change of everything', async () => {
  const world = new ApiWorld();
  const sizes: number[] = [];
  const { put } = world.eventTypes;
  world.eventTypes.put = (eventType, expected, entry) => {
    sizes.push(itemBytes(eventTypeItem(eventType, entry)));
    return put(eventType, expected, entry);
  };
  const largest = (turn: string) => ({
    description: turn + WIDEST.repeat(1023),
    versions: names(50, 32).map((version, at) => ({ version, example: turn.padEnd(at === 0 ? 5_000 : 4_850, 'x') })),
  });
  for (const turn of ['a', 'b']) {
    const reply = await world.request('PUT', `/v1/event-types/${'x'.repeat(128)}`, { body: largest(turn) });
    expect(reply.status).toBeLessThan(300);
  }
  const tooLarge = await world.request('PUT', '/v1/event-types/x', {
    body: { versions: names(50, 32).map((version) => ({ version, example: 'x'.repeat(5_300) })) },
  });
  expect([tooLarge.status, tooLarge.faults]).toEqual([422, ['versions']]);
  expect(Math.max(...sizes)).toBeGreaterThan(300 * 1024);
  expect(Math.max(...sizes)).toBeLessThan(ITEM_BYTES_MAX - RESERVE_BYTES);
});

it('a delivery fits in an item with the maximum of kept attempts', () => {
  const position = { cycle: 1, step: 1 };
  const first = advanced(undefined, {
    message: aMessage({ tenant: 'x'.repeat(64), eventType: 'x'.repeat(128) }),
    ...{ position, next: position, status: 'delivered', attemptCount: 1, nowMs: START },
  });
  const excerpts = [Buffer.alloc(9_000, QUOTE), Buffer.alloc(9_000, 0xff), Buffer.from('\u0085€'.repeat(3_000))];
  for (const answer of excerpts) {
    const attempts = Array.from({ length: ATTEMPTS_KEPT }, (_, at) => ({
      ...{
        number: at,
        cycle: 1,
        at: START + at,
        durationMs: 30_000,
        statusCode: null,
        errorCode: 'tls_error' as const,
      },
      // Never twice the same in a row.
      url: `https://example.com/${at}`.padEnd(2_048, 'x'),
      remoteIp: 'f'.repeat(39),
      responseHeaders: Object.fromEntries(
        RESPONSE_HEADERS.slice(-RESPONSE_HEADERS_MAX).map((name) => [name, '"'.repeat(RESPONSE_HEADER_LENGTH)]),
      ),
      responseExcerpt: excerptOf([answer], 1024),
    }));
    const record = { ...(first ?? expect.fail()), attempts };
    expect(itemBytes(deliveryItem(record, { list: 4, waiting: 4 }))).toBeLessThan(ITEM_BYTES_MAX - RESERVE_BYTES);
  }
});
