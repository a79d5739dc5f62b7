import { createHash } from 'node:crypto';
import type { MessageAttribute } from '../sqs-model/message.ts';

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * SQS's digest of message attributes. Source: SQS Developer Guide, "Calculating the MD5 message digest
 * for message attributes": sorted by name, each part preceded by its length, with 1 before a string and 2 before bytes.
 */
export function attributesMd5(attributes: Readonly<Record<string, MessageAttribute>> = {}): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const part = (bytes: Buffer) => hash.update(length(bytes)).update(bytes);
  for (const name of names) {
    const { dataType = '', stringValue, binaryValue } = attributes[name] ?? {};
    part(Buffer.from(name));
    part(Buffer.from(dataType));
    hash.update(Uint8Array.of(stringValue === undefined ? 2 : 1));
    part(stringValue === undefined ? Buffer.from(binaryValue ?? '', 'base64') : Buffer.from(stringValue));
  }
  return hash.digest('hex');
}

function length(bytes: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.length);
  return prefix;
}
