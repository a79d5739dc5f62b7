import { CONTENDED_TRIES, compareAndSet } from '../compare-and-set.ts';
import type { EndpointWithHealth } from '../endpoints/health.ts';
import type { Faults } from '../faults.ts';
import { UnreadableItem } from '../unreadable-item.ts';
import { type DeathChange, deathChanges } from './deaths.ts';
import type { AttemptEntry, DeliveryRecord } from './record.ts';

/** Which delivery, and where its record is. */
export interface DeliveryKey extends DeliveryIds {
  /** Whether the event is wide, so that the records of its deliveries are spread. Default: false. */
  wide?: boolean | undefined;
}

export interface DeliveryIds {
  eventId: string;
  endpointId: string;
}

/** Records and endpoints of a batch of messages. */
export interface Loaded {
  /** By delivery key; absent where no attempt was recorded yet. */
  records: Map<string, DeliveryRecord>;
  /** By endpoint id; absent where it was deleted. */
  endpoints: Map<string, EndpointWithHealth>;
}

/** The ledger's deliveries. Every read is strongly consistent, every write compares and sets. */
export interface DeliveryLedger {
  /** Reads records and endpoints in as few calls as possible. @throws when anything could not be read. */
  load(deliveries: DeliveryKey[], endpointIds: string[]): Promise<Loaded>;
  find(key: DeliveryKey): Promise<DeliveryRecord | undefined>;
  /**
   * Writes the record if the stored one still has the revision `expected` (null: if there is none). Attempts that would make it
   * cost more to write are kept apart first, whether or not it then is written: they have been made.
   * @returns whether it was written.
   */
  put(record: DeliveryRecord, expected: number | null): Promise<boolean>;
  /**
   * Counts deaths for the comparison with the dead-letter queue. Never rejects: the record is written already, and a count
   * that is lost is found by the next recount.
   */
  countDeaths(changes: readonly DeathChange[]): Promise<void>;
}

/** All attempts of a delivery. */
export interface AttemptHistory {
  /** The newest 50, oldest first: those of the record, which was read before, and those kept apart. Strongly consistent. */
  attemptsOf(record: DeliveryRecord): Promise<AttemptEntry[]>;
}

/**
 * Reads the records of these deliveries together. One that this version cannot read harms no other: it is left out, and
 * noted in `faults`.
 */
export async function loadReadable(
  ledger: Pick<DeliveryLedger, 'load' | 'find'>,
  keys: DeliveryKey[],
  faults: Faults,
): Promise<DeliveryRecord[]> {
  if (keys.length === 0) return [];
  try {
    return [...(await ledger.load(keys, [])).records.values()];
  } catch (fault) {
    if (!(fault instanceof UnreadableItem)) throw fault;
    const found = await Promise.all(keys.map((key) => faults.attempt(() => ledger.find(key))));
    return found.filter((record) => record !== undefined);
  }
}

/** Finds a delivery by its ids alone, wherever its record is: whether its event is wide is not known. */
export async function findByIds(
  { eventId, endpointId }: DeliveryIds,
  ledger: Pick<DeliveryLedger, 'load'>,
): Promise<DeliveryRecord | undefined> {
  const [plain, spread] = [
    { eventId, endpointId, wide: false },
    { eventId, endpointId, wide: true },
  ];
  const { records } = await ledger.load([plain, spread], []);
  return records.get(keyText(spread)) ?? records.get(keyText(plain));
}

/** A delivery's key in maps. */
export const keyText = ({ eventId, endpointId, wide }: DeliveryKey) => `${eventId}/${endpointId}${wide ? '/wide' : ''}`;

interface Updated {
  /** The newest record. */
  record: DeliveryRecord | undefined;
  /** Whether this call wrote it. */
  written: boolean;
}

/**
 * Changes a record by compare and set: `change` gets the newest record and returns the next one, or undefined to leave it.
 * All rules about who may write what are in `change`.
 */
export async function updateRecord(
  ledger: Pick<DeliveryLedger, 'find' | 'put' | 'countDeaths'>,
  key: DeliveryKey,
  current: DeliveryRecord | undefined,
  change: (record: DeliveryRecord | undefined) => DeliveryRecord | undefined,
): Promise<Updated> {
  return compareAndSet<DeliveryRecord | undefined, Updated>({
    known: current,
    read: () => ledger.find(key),
    change: (seen) => {
      const next = change(seen);
      if (next === undefined) return { result: { record: seen, written: false } };
      const record = { ...next, revision: (seen?.revision ?? 0) + 1 };
      const write = async () => {
        const isWritten = await ledger.put(record, seen?.revision ?? null);
        const deaths = isWritten ? deathChanges(seen, record) : [];
        if (deaths.length > 0) await ledger.countDeaths(deaths);
        return isWritten;
      };
      return { result: { record, written: true }, write };
    },
    tries: CONTENDED_TRIES,
    exhausted: () => new Error('The delivery record changes too fast to be written: try again.'),
  });
}
