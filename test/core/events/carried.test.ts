import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryBody } from '../../../core/deliveries/message.ts';
import { carryPayload, INLINE_BYTES_MAX } from '../../../core/events/accepted.ts';
import { QueueModel } from '../../../local/sqs-model/queue-model.ts';
import { PublishingWorld } from '../../support/publishing-world.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const REF = { key: 'default/evt_1/hash', offset: 0, length: 1 };
const isInline = (body: string) => carryPayload(REF, body).inline === body;

/** Sends a body to a queue that refuses the characters that SQS refuses. */
function sendToSqs(body: string): void {
  const queues = new QueueModel({ now: () => 0, newId: () => 'm' });
  queues.send(queues.createQueue('any'), { body });
}

/** EventBridge parses the detail, and passes it on reserialized. */
const throughTheBus = (detail: object): string => JSON.stringify(JSON.parse(JSON.stringify(detail)));

describe('an envelope', () => {
  it('travels inline with every character that SQS accepts, and with no other', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const isTaken =
        [0x9, 0xa, 0xd].includes(code) ||
        (code >= 0x20 && code <= 0xd7ff) ||
        (code >= 0xe000 && code <= 0xfffd) ||
        code >= 0x10000;
      if (isInline(`"${String.fromCodePoint(code)}"`) !== isTaken) expect.fail(`U+${code.toString(16)}`);
    }
  });

  it('travels inline up to its limit as JSON text, and not beyond', () => {
    const fits = `"${'x'.repeat(INLINE_BYTES_MAX - 6)}"`;
    expect(isInline(fits)).toBe(true);
    expect(isInline(`x${fits}`)).toBe(false);
    expect(isInline(`"${'é'.repeat(INLINE_BYTES_MAX / 2)}"`)).toBe(false);
  });
});

/** Any text, often with unusual characters: raw, and as JSON escapes. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('\ufffe', '\uffff', '\u{1fffe}', '\ufdd0', '\u0085', '\ud800', '\0', '\\'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''));
const asJson = (text: string, escaped: boolean) =>
  escaped ? `"${[...text].map((one) => escapes(one)).join('')}"` : JSON.stringify(text);
const escapes = (one: string) =>
  Array.from({ length: one.length }, (_, at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
const jsonText = fc.tuple(anyText, fc.boolean()).map(([text, escaped]) => asJson(text, escaped));
const shortJsonText = (max: number) =>
  fc.tuple(anyText, fc.boolean()).map(([text, escaped]) => asJson(`x${text}`.slice(0, max), escaped));

/** An event with unusual text in every field that may hold it. */
const anyEvent = fc
  .record({
    data: jsonText,
    member: jsonText,
    name: shortJsonText(256),
    value: shortJsonText(256),
    version: shortJsonText(32),
    path: shortJsonText(200),
    key: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }).filter((key) => /^\P{C}+$/u.test(key))),
    pad: fc.constantFrom(0, 0, 100, 57_000),
  })
  .map(({ data, member, name, value, version, path, key, pad }) => {
    const text = `{${member}:${data},"pad":"${'x'.repeat(pad)}"}`;
    const metadata = `{${name}:${value}}`;
    // Trailing space would be refused.
    const url = `"https://example.com/${path.slice(1, -1)}x"`;
    const keyed = key === null ? '' : `,"idempotency_key":${JSON.stringify(key)}`;
    return {
      data: text,
      body: `{"type":"a.b","data":${text},"metadata":${metadata},"version":${version},"resource_url":${url}${keyed}}`,
    };
  });

describe('an event with any text in any field', () => {
  it('is stored as written, and SQS accepts every message made from it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 3 }), async (events) => {
        const world = new PublishingWorld();
        await world.subscribe('ep_1', ['a.b']);

        await world.publish(`[${events.map(({ body }) => body).join(',')}]`).catch((fault: unknown) => {
          // A duplicate key in one list.
          if (!(fault instanceof Error) || !/stands twice/.test(fault.message)) throw fault;
          fc.pre(false);
        });

        for (const detail of world.busEntries) sendToSqs(throughTheBus(detail));
        await world.fanOutAll();
        expect(world.sent).toHaveLength(events.length);
        for (const [at, { message }] of world.sent.entries()) {
          sendToSqs(deliveryBody(message, seededRandom(1)));
          const stored = await world.payloads.get(message.payload);
          expect(stored).toContain(`"data":${events[at]?.data}`);
          expect(message.payload.inline ?? stored).toBe(stored);
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['U+FFFE', '\ufffe'],
    ['U+FFFF', '\uffff'],
  ])('travels by reference with %s raw, and inline with it escaped', async (_, one) => {
    const world = new PublishingWorld();
    await world.subscribe('ep_1', ['a']);
    await world.publish(`[{"type":"a","data":"${one}"},{"type":"a","data":"${escapes(one)}"}]`);
    await world.fanOutAll();
    const [raw, escaped] = world.sent.map(({ message }) => message.payload);
    expect(raw?.inline).toBeUndefined();
    expect(await world.payloads.get(raw ?? expect.fail())).toContain(`"data":"${one}"`);
    expect(escaped?.inline).toContain(`"data":"${escapes(one)}"`);
  });
});
