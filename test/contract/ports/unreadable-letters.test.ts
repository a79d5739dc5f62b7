import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPayloadStore } from '../../../adapters/s3/payload-store.ts';
import { createUnreadableLetters } from '../../../adapters/s3/unreadable-letters.ts';
import { LETTER_ID, type UnreadableLetter, type UnreadableLetters } from '../../../core/fanout/unreadable-letter.ts';
import { MemoryUnreadableLetters } from '../../fakes/unreadable-letters.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { BUCKET, type LocalAws, startLocalAws } from '../local-aws.ts';
import { toTheEnd } from '../stores/world.ts';

let aws: LocalAws;
let client: S3Client;
let s3Letters: UnreadableLetters;
beforeAll(async () => {
  aws = await startLocalAws();
  client = new S3Client({ ...aws.clientOptions, forcePathStyle: true });
  s3Letters = createUnreadableLetters({ client, bucket: BUCKET });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const aLetter = (changes: Partial<UnreadableLetter> = {}): UnreadableLetter => ({
  ...{ queue: 'fanout', reason: 'not_json', setAsideAt: START, body: 'not JSON' },
  ...changes,
});

/** The id of the letter with a key. */
const idOf = (key: string) => key.replace('unreadable/', 'ltr_').replaceAll('/', '_');

const makers = { memory: () => new MemoryUnreadableLetters(), 'the S3 of a local run': () => s3Letters };
describe.each(Object.entries(makers))('dead letters that were set aside, in %s', (_name, make) => {
  let letters: UnreadableLetters;
  beforeAll(() => {
    letters = make();
  });

  /** The ids of a queue's letters. */
  async function listed(queue: string, limit = 3): Promise<string[]> {
    const pages = await toTheEnd((after) => letters.list(after, limit));
    for (const { items } of pages.slice(0, -1)) expect(items).toHaveLength(limit);
    return pages.flatMap(({ items }) => items).filter((id) => LETTER_ID.exec(id)?.[1] === queue);
  }

  test.each(['{', '', '{"n":"é🚀\u2028"}', '\ud800 \u0000'])('are found as they were: %j', async (body) => {
    const letter = aLetter({ body, reason: 'not_a_message' });
    expect(await letters.find(idOf(await letters.put(letter)))).toEqual(letter);
  });

  test('are not found by another id', async () => {
    expect(await letters.find(`ltr_fanout_2026-11-22_${'0'.repeat(64)}`)).toBeUndefined();
  });

  test('are kept once a day for each text', async () => {
    const put = (changes: Partial<UnreadableLetter>) => letters.put(aLetter({ queue: 'once', ...changes }));
    const first = await put({ body: 'a' });
    expect(first).toMatch(/^unreadable\/once\/2026-11-22\/[0-9a-f]{64}$/);
    expect(await put({ body: 'a', setAsideAt: START + 1 })).toBe(first);
    const others = [await put({ body: 'b' }), await put({ body: 'a', setAsideAt: START + DAY })];
    expect(await listed('once')).toEqual([first, ...others].map(idOf).sort());
  });

  // S3/API_ListObjectsV2: keys in the order of their bytes, StartAfter
  test('are listed by queue, the oldest day first, page by page, and nothing else is', async () => {
    await createPayloadStore({ client, bucket: BUCKET }).put('ab/payload', '{}');
    const keys: string[] = [];
    for (let day = 0; day < 5; day++) {
      keys.push(await letters.put(aLetter({ queue: 'listed', setAsideAt: START + day * DAY })));
    }
    await letters.put(aLetter({ queue: 'listed-too' }));
    for (const limit of [1, 3, 100]) expect(await listed('listed', limit)).toEqual(keys.map(idOf));
    const all = (await toTheEnd((after) => letters.list(after, 4))).flatMap(({ items }) => items);
    for (const id of all) expect(id).toMatch(LETTER_ID);
  });
});
