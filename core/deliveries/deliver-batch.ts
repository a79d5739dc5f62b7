import { endOf } from '../clock.ts';
import { UnreadableItem } from '../unreadable-item.ts';
import { bodyBytes } from './body-room.ts';
import { deliver, LAST_MS, tooLate } from './deliver.ts';
import type { EndpointCache } from './endpoint-cache.ts';
import { keyText, type Loaded } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { DeliverPorts, Verdict } from './ports.ts';

/** The verdict on one message; with the error, for the log, if it failed on our side. */
export interface Handled {
  received: ReceivedDelivery;
  verdict: Verdict;
  fault?: unknown;
}

/**
 * Works on a batch: one read for all records and endpoints, then all messages concurrently and independently: a slow or
 * failing endpoint neither delays nor fails the messages of others. Just before the invocation times out, what has not ended
 * counts as failed, so that a call that never answers fails no other message.
 */
export async function deliverBatch(
  batch: ReceivedDelivery[],
  cache: EndpointCache,
  ports: DeliverPorts,
): Promise<Handled[]> {
  const { unique, duplicates } = separateDuplicates(batch);
  // The smallest bodies first, so that none waits for the memory of large ones.
  unique.sort((one, other) => bodyBytes(one.message.payload) - bodyBytes(other.message.payload));
  const load = (deliveries: ReceivedDelivery[]) =>
    cache.load(
      deliveries.map(({ message }) => message),
      ports.ledger,
    );
  let loaded: Loaded | undefined;
  try {
    loaded = await load(unique);
  } catch (fault) {
    // One item that this version cannot read must not harm the others: each message then reads its own.
    if (!(fault instanceof UnreadableItem)) return batch.map((received) => ({ received, verdict: 'try_again', fault }));
  }
  const handle = async (received: ReceivedDelivery, known?: Loaded): Promise<Handled> => {
    const { message } = received;
    try {
      const { records, endpoints } = known ?? (await load([received]));
      const endpoint = endpoints.get(message.endpointId);
      // An endpoint of another tenant counts as absent.
      const own = endpoint?.endpoint.tenant === message.tenant ? endpoint : undefined;
      return { received, verdict: await deliver(received, records.get(keyText(message)), own, ports) };
    } catch (fault) {
      return { received, verdict: 'try_again', fault };
    }
  };
  const handled = new Map<ReceivedDelivery, Handled>();
  const work = async () => {
    await Promise.all(
      unique.map(async (received, at) => {
        if (at >= AT_ONCE) await ports.wait((at + 1 - AT_ONCE) * APART_MS);
        handled.set(received, await handle(received, loaded));
      }),
    );
    for (const { received, first } of duplicates) {
      // The first made its POST but could not record it: this one waits until it is.
      const isOpen = ports.unrecordedResults.has(first.messageId);
      handled.set(received, isOpen ? { received, verdict: 'try_again' } : await handle(received));
    }
  };
  await endOf(work(), ports.remainingMs() - LAST_MS, ports.after);
  return [...unique, ...duplicates.map(({ received }) => received)].map(
    (received) => handled.get(received) ?? { received, verdict: 'try_again', fault: tooLate() },
  );
}

/**
 * A batch of the slow lane is large. If all its claims and TLS handshakes began at one moment, they would delay each other
 * and load the tables, so its messages start a little apart after the first ten.
 */
const AT_ONCE = 10;
const APART_MS = 4;

interface Duplicate {
  received: ReceivedDelivery;
  /** The message of the same step that is worked on first. */
  first: ReceivedDelivery;
}

/**
 * Messages of one step in one batch would race for the same POST. So the second is processed after the first, with its
 * record and endpoint read again: it is usually stale by then, unless it is a redriven dead letter.
 */
function separateDuplicates(batch: ReceivedDelivery[]): { unique: ReceivedDelivery[]; duplicates: Duplicate[] } {
  const unique = new Map<string, ReceivedDelivery>();
  const duplicates: Duplicate[] = [];
  for (const received of batch) {
    const { message } = received;
    const name = `${keyText(message)}/${message.cycle}/${message.step}`;
    const first = unique.get(name);
    if (first === undefined) unique.set(name, received);
    else if (first.messageId !== received.messageId) duplicates.push({ received, first });
  }
  return { unique: [...unique.values()], duplicates };
}
