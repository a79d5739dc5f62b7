import { hash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, NoSuchKey } from '@aws-sdk/client-s3';
import { isoTime } from '../../core/clock.ts';
import { storedUnreadableLetter, type UnreadableLetters } from '../../core/fanout/unreadable-letter.ts';
import { createPayloadStore, type PayloadStoreOptions } from './payload-store.ts';

/** No payload has this prefix: those begin with two digits. */
const prefixOf = (queue: string) => `unreadable/${queue}/`;

/** Dead letters that were set aside, as objects of the payload bucket, which deletes them as it does payloads. */
export function createUnreadableLetters({ client, bucket: Bucket }: PayloadStoreOptions): UnreadableLetters {
  const objects = createPayloadStore({ client, bucket: Bucket });
  return {
    async put(letter) {
      const [day] = isoTime(letter.setAsideAt).split('T', 1);
      const key = `${prefixOf(letter.queue)}${day}/${hash('sha256', letter.body, 'hex')}`;
      await objects.put(key, JSON.stringify(letter));
      return key;
    },

    async list(queue, after, limit) {
      const { Contents = [], IsTruncated = false } = await client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: prefixOf(queue),
          MaxKeys: limit,
          ...(after !== null && { StartAfter: after }),
        }),
      );
      const items = Contents.flatMap(({ Key }) => Key ?? []);
      return { items, next: IsTruncated ? (items.at(-1) ?? null) : null };
    },

    async find(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
        return storedUnreadableLetter.parse(JSON.parse((await Body?.transformToString()) ?? ''));
      } catch (fault) {
        if (fault instanceof NoSuchKey) return undefined;
        throw fault;
      }
    },
  };
}
