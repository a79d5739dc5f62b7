import { hash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey } from '@aws-sdk/client-s3';
import { isoTime } from '../../core/clock.ts';
import { storedUnreadableLetter, type UnreadableLetters } from '../../core/fanout/unreadable-letter.ts';
import { createPayloadStore, type PayloadStoreOptions } from './payload-store.ts';

/** No payload has this prefix: those begin with two digits. */
const PREFIX = 'unreadable/';
/** An id is the key with other separators. */
const idOf = (key: string) => `ltr_${key.slice(PREFIX.length).replaceAll('/', '_')}`;
const keyOf = (id: string) => PREFIX + id.slice('ltr_'.length).replaceAll('_', '/');

/** Dead letters that were set aside, as objects of the payload bucket, which deletes them as it does payloads. */
export function createUnreadableLetters({ client, bucket: Bucket }: PayloadStoreOptions): UnreadableLetters {
  const objects = createPayloadStore({ client, bucket: Bucket });
  return {
    async put(letter) {
      const [day] = isoTime(letter.setAsideAt).split('T', 1);
      const key = `${PREFIX}${letter.queue}/${day}/${hash('sha256', letter.body, 'hex')}`;
      await objects.put(key, JSON.stringify(letter));
      return key;
    },

    async list(after, limit) {
      const { Contents = [], IsTruncated = false } = await client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: PREFIX,
          MaxKeys: limit,
          ...(after !== null && { StartAfter: keyOf(after) }),
        }),
      );
      const items = Contents.flatMap(({ Key }) => (Key === undefined ? [] : idOf(Key)));
      return { items, next: IsTruncated ? (items.at(-1) ?? null) : null };
    },

    async find(id) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(id) }));
        return storedUnreadableLetter.parse(JSON.parse((await Body?.transformToString()) ?? ''));
      } catch (fault) {
        if (fault instanceof NoSuchKey) return undefined;
        throw fault;
      }
    },
  };
}
