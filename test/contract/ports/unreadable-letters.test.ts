import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUnreadableLetters } from '../../../adapters/s3/unreadable-letters.ts';
import type { UnreadableLetter, UnreadableLetters } from '../../../core/fanout/unreadable-letter.ts';
import { DAY, START } from '../../support/delivery-world.ts';
import { BUCKET, type LocalAws, startLocalAws } from '../local-aws.ts';

let aws: LocalAws;
let client: S3Client;
let letters: UnreadableLetters;
beforeAll(async () => {
  aws = await startLocalAws();
  client = new S3Client({ ...aws.clientOptions, forcePathStyle: true });
  letters = createUnreadableLetters({ client, bucket: BUCKET });
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const aLetter = (changes: Partial<UnreadableLetter> = {}): UnreadableLetter => ({
  ...{ queue: 'fanout', reason: 'not_json', setAsideAt: START, body: 'not JSON' },
  ...changes,
});

describe('dead letters that were set aside, in the S3 of a local run', () => {
  test.each(['{', '', '{"n":"é🚀\u2028"}', '\ud800 \u0000'])('are found as they were: %j', async (body) => {
    const letter = aLetter({ body, reason: 'not_a_message' });
    expect(await letters.find(await letters.put(letter))).toEqual(letter);
  });

  test('are not found by another key', async () => {
    expect(await letters.find('unreadable/fanout/2026-11-22/none')).toBeUndefined();
  });

  test('are kept once a day for each text', async () => {
    const put = (changes: Partial<UnreadableLetter>) => letters.put(aLetter({ queue: 'once', ...changes }));
    const first = await put({ body: 'a' });
    expect(first).toMatch(/^unreadable\/once\/2026-11-22\/[0-9a-f]{64}$/);
    expect(await put({ body: 'a', setAsideAt: START + 1 })).toBe(first);
    const others = [await put({ body: 'b' }), await put({ body: 'a', setAsideAt: START + DAY })];
    expect((await letters.list('once', null, 10)).items.sort()).toEqual([first, ...others].sort());
  });

  // S3/API_ListObjectsV2: keys in the order of their bytes, StartAfter
  test('are listed by queue, the oldest day first, page by page', async () => {
    const keys: string[] = [];
    for (let day = 0; day < 5; day++) {
      keys.push(await letters.put(aLetter({ queue: 'listed', setAsideAt: START + day * DAY })));
    }
    await letters.put(aLetter({ queue: 'listed-too' }));
    const first = await letters.list('listed', null, 3);
    expect(first).toEqual({ items: keys.slice(0, 3), next: keys[2] });
    expect(await letters.list('listed', first.next, 3)).toEqual({ items: keys.slice(3), next: null });
    expect(await letters.list('unknown', null, 3)).toEqual({ items: [], next: null });
  });
});
