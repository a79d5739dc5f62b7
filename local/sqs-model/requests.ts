import { Buffer } from 'node:buffer';
import { SqsError } from './errors.ts';
import type { MessageAttribute, SendInput } from './message.ts';

/** Largest message, and largest sum over a batch, in bytes. Source: SQS message quotas. */
export const requestBytesMax = 1_048_576;
const batchEntriesMax = 10;
const attributesMax = 10;
export const visibilityTimeoutSecondsMax = 43_200;

/** Characters that SQS does not document as allowed. Only a lone surrogate counts. */
const refusedCharacters = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** An entry of a batch request: the id ties it to its result. */
export interface BatchEntry {
  readonly id: string;
}

/** The response of a batch request. A failed entry has its reason; the others took effect. */
export interface BatchResult<Success> {
  readonly successful: readonly (BatchEntry & Success)[];
  readonly failed: readonly (BatchEntry & { readonly code: string; readonly message: string })[];
}

/** @throws SqsError if the batch as a whole is refused; then nothing took effect. */
export function checkBatch(entries: readonly BatchEntry[]): void {
  if (entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > batchEntriesMax) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${batchEntriesMax}. You have sent ${entries.length}.`,
    );
  }
  const bad = entries.some(({ id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(id));
  if (bad) {
    throw new SqsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const repeated = entries.find(({ id }, index) => entries.findIndex((other) => other.id === id) < index);
  if (repeated) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${repeated.id} repeated.`);
}

/** Processes each entry independently: one that SQS refuses is reported and does not affect the others. */
export function eachEntry<Entry extends BatchEntry, Success>(
  entries: readonly Entry[],
  act: (entry: Entry) => Success,
): BatchResult<Success> {
  const successful: (BatchEntry & Success)[] = [];
  const failed: (BatchEntry & { code: string; message: string })[] = [];
  for (const entry of entries) {
    try {
      successful.push({ id: entry.id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      failed.push({ id: entry.id, code: error.code, message: error.message });
    }
  }
  return { successful, failed };
}

/** @throws SqsError BatchRequestTooLong when the messages together are over the limit. */
export function checkBatchBytes(entries: readonly SendInput[]): void {
  const bytes = entries.reduce((sum, entry) => sum + messageBytes(entry), 0);
  if (bytes <= requestBytesMax) return;
  throw new SqsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${requestBytesMax} bytes. You have sent ${bytes} bytes.`,
  );
}

/** @throws SqsError if SQS would refuse this message. */
export function checkSend(input: SendInput, maximumMessageBytes: number): void {
  if (input.body === '') throw new SqsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (refusedCharacters.test(input.body)) {
    throw new SqsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  }
  checkRange('DelaySeconds', input.delaySeconds, [0, 900]);
  if (input.groupId !== undefined && !/^[\x21-\x7e]{1,128}$/.test(input.groupId)) {
    const reason = 'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length';
    throw invalidParameter('MessageGroupId', input.groupId, reason);
  }
  checkMessageAttributes(input.attributes ?? {});
  if (messageBytes(input) > maximumMessageBytes) {
    throw new SqsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageBytes} bytes.`,
    );
  }
}

function checkMessageAttributes(attributes: Readonly<Record<string, MessageAttribute>>): void {
  const entries = Object.entries(attributes);
  if (entries.length > attributesMax) {
    throw new SqsError(
      'InvalidParameterValue',
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${attributesMax}].`,
    );
  }
  for (const [name, { dataType, stringValue, binaryValue }] of entries) {
    if (!/^(String|Number|Binary)(\.|$)/.test(dataType)) {
      throw new SqsError(
        'InvalidParameterValue',
        `The message attribute '${name}' has an invalid message attribute type; it must start with String, Number or Binary.`,
      );
    }
    if (dataType.startsWith('Binary') ? !binaryValue : !stringValue) {
      throw new SqsError(
        'InvalidParameterValue',
        `Message (user) attribute '${name}' must contain a non-empty value of type '${dataType}'.`,
      );
    }
  }
}

/** @throws SqsError InvalidParameterValue when a given number is outside its range. */
export function checkRange(name: string, value: number | undefined, [min, max]: readonly [number, number]): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw invalidParameter(name, value, `Must be between ${min} and ${max}, if provided`);
}

export function invalidParameter(name: string, value: string | number, reason: string): SqsError {
  return new SqsError('InvalidParameterValue', `Value ${value} for parameter ${name} is invalid. Reason: ${reason}.`);
}

function messageBytes(input: SendInput): number {
  let bytes = Buffer.byteLength(input.body);
  for (const [name, { dataType, stringValue, binaryValue }] of Object.entries(input.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(dataType) + Buffer.byteLength(stringValue ?? '');
    bytes += Buffer.byteLength(binaryValue ?? '', 'base64');
  }
  return bytes;
}
