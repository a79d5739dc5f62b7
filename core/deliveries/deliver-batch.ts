import { deliver } from './deliver.ts';
import type { EndpointCache } from './endpoint-cache.ts';
import { keyText, type Loaded } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { DeliverPorts, Verdict } from './ports.ts';

/** One message's verdict; a fault of ours comes with its error, for the log. */
export interface Handled {
  received: ReceivedDelivery;
  verdict: Verdict;
  fault?: unknown;
}

/**
 * Works on a batch: one read for all records and endpoints, then every message concurrently, each on its own: what
 * one endpoint does delays no neighbour's POST and fails no neighbour's message.
 */
export async function deliverBatch(
  batch: ReceivedDelivery[],
  cache: EndpointCache,
  ports: DeliverPorts,
): Promise<Handled[]> {
  const { unique, twins } = separateTwins(batch);
  const load = (deliveries: ReceivedDelivery[]) =>
    cache.load(
      deliveries.map(({ message }) => message),
      ports.ledger,
    );
  let loaded: Loaded;
  try {
    loaded = await load(unique);
  } catch (fault) {
    return batch.map((received) => ({ received, verdict: 'try_again', fault }));
  }
  const settle = async (received: ReceivedDelivery, known: Loaded | Promise<Loaded>): Promise<Handled> => {
    const { message } = received;
    try {
      const { records, endpoints } = await known;
      const addressee = endpoints.get(message.endpointId);
      // An id that names another tenant's endpoint is no endpoint of this message.
      const own = addressee?.endpoint.tenant === message.tenant ? addressee : undefined;
      return { received, verdict: await deliver(received, records.get(keyText(message)), own, ports) };
    } catch (fault) {
      return { received, verdict: 'try_again', fault };
    }
  };
  const settled = await Promise.all(
    unique.map(async (received, at) => {
      if (at >= AT_ONCE) await ports.wait((at + 1 - AT_ONCE) * APART_MS);
      return settle(received, loaded);
    }),
  );
  for (const { received, first } of twins) {
    // The first has made its POST, and what follows it is not durable yet: it comes again, and so does this one.
    const isOpen = ports.unrecordedResults.has(first.messageId);
    settled.push(isOpen ? { received, verdict: 'try_again' } : await settle(received, load([received])));
  }
  return settled;
}

/**
 * A batch of the slow lane is large. Its claims, handshakes and time limits at one moment would hold each other up, and
 * everything else that shares the tables: beyond the first, its messages start a little apart.
 */
const AT_ONCE = 10;
const APART_MS = 4;

interface Twin {
  received: ReceivedDelivery;
  /** The copy that is worked on before it. */
  first: ReceivedDelivery;
}

/**
 * Copies of one step in one batch would race for the same POST. The second is looked at after the first, with record and
 * endpoint read anew: most often it is stale by then, but a redriven copy of a dead delivery is not.
 */
function separateTwins(batch: ReceivedDelivery[]): { unique: ReceivedDelivery[]; twins: Twin[] } {
  const unique = new Map<string, ReceivedDelivery>();
  const twins: Twin[] = [];
  for (const received of batch) {
    const { message } = received;
    const name = `${keyText(message)}/${message.cycle}/${message.step}`;
    const first = unique.get(name);
    if (first === undefined) unique.set(name, received);
    else if (first.messageId !== received.messageId) twins.push({ received, first });
  }
  return { unique: [...unique.values()], twins };
}
