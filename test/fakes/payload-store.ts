import { type PayloadRef, payloadGone } from '../../core/events/event.ts';

/** Envelopes in memory. */
export class MemoryPayloadStore {
  readonly objects = new Map<string, Buffer>();

  put = async (key: string, body: string): Promise<void> => {
    this.objects.set(key, Buffer.from(body));
  };

  get = async ({ key, offset, length }: PayloadRef): Promise<string> => {
    const object = this.objects.get(key);
    if (object === undefined) throw payloadGone();
    const bytes = object.subarray(offset, offset + length);
    if (bytes.length !== length) throw new Error('The payload store returned a different length than requested.');
    return bytes.toString('utf8');
  };
}
