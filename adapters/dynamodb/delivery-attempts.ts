import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type AttemptEntry, type DeliveryRecord, isFinal } from '../../core/deliveries/record.ts';
import { UnreadableItem } from '../../core/unreadable-item.ts';
import { type Item, readDocument } from './client.ts';
import { attemptMembers, deliveryItem, membersOf, readMembers, type Shards } from './delivery-item.ts';
import { attemptsPrefix, deliveryKey, keyAttributes, timed } from './keys.ts';

/*
 * Each write of a record pays for the whole item, and a delivery that fails ten times is written two dozen times. So a record keeps its
 * attempts only while it costs one write unit with them; then they become an item of their own, which never changes (docs/adr/046).
 */

/** The excerpts in it are empty: they are an attribute of their own, since JSON would make quotes longer. */
const document = z.object(attemptMembers);

/** The attempts of a record as an item. Its key says what it holds: written twice, it is the same item. */
function attemptsItem({ attempts, expiresAt, ...record }: DeliveryRecord): Item {
  const doc = JSON.stringify(membersOf(attempts.map((entry) => ({ ...entry, responseExcerpt: '' }))));
  const excerpts = attempts.map(({ responseExcerpt }) => responseExcerpt);
  const { pk } = deliveryKey(record);
  const digest = createHash('sha256')
    .update(JSON.stringify([doc, excerpts]))
    .digest('base64url')
    .slice(0, 8);
  const newest = Math.max(...attempts.map(({ at }) => at));
  return {
    ...keyAttributes({ pk, sk: attemptsPrefix(record.endpointId) + timed(newest, digest) }),
    expires_at: { N: String(Math.floor(expiresAt / 1000)) },
    doc: { S: doc },
    excerpts: { L: excerpts.map((excerpt) => ({ S: excerpt })) },
  };
}

/** Reads the attempts of an item that this product wrote. */
export function readAttemptsItem(item: Item): AttemptEntry[] {
  const attempts = readMembers(readDocument(item, 'doc', document));
  const excerpts = item.excerpts?.L;
  if (excerpts?.length !== attempts.length) throw new UnreadableItem('An item of attempts lacks their excerpts.');
  return attempts.map((entry, at) => ({ ...entry, responseExcerpt: excerpts[at]?.S ?? '' }));
}

const UNIT_BYTES = 1024;
/** What the claim of the next attempt adds to the item of an open delivery. */
const CLAIM_BYTES = 150;

/** The write units of a record's item, with room for the claim of the next attempt. */
function unitsOf(record: DeliveryRecord, item: Item): number {
  const bytes = itemBytes(item) + (record.claim === null && !isFinal(record.status) ? CLAIM_BYTES : 0);
  return Math.ceil(bytes / UNIT_BYTES);
}

/** The size of an item of texts and numbers in bytes, by DynamoDB's rules; of a number at most a few more. */
function itemBytes(item: Item): number {
  const bytesOf = ({ S, N = '' }: AttributeValue) => (S === undefined ? N.length : Buffer.byteLength(S));
  return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0);
}

/**
 * The items of a record: its own, and that of its attempts if it takes fewer write units without them. A delivered one is hardly
 * written again, so that a first attempt that succeeds is one write, whatever its answer.
 */
export function itemsOf(record: DeliveryRecord, shards: Shards): { item: Item; apart?: Item } {
  const item = deliveryItem(record, shards);
  if (record.status === 'delivered' || record.attempts.length === 0) return { item };
  const units = unitsOf(record, item);
  if (units === 1) return { item };
  const lighter = deliveryItem({ ...record, attempts: [] }, shards);
  return unitsOf(record, lighter) < units ? { item: lighter, apart: attemptsItem(record) } : { item };
}
