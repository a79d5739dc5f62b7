import { hourOf } from '../stats/tally.ts';
import type { DeliveryIds } from './ledger.ts';
import type { DeliveryRecord } from './record.ts';
import { endedAs } from './work-lists.ts';

/** One more or one less dead delivery with a dead letter, in the hour of its death. */
export interface DeathChange extends DeliveryIds {
  /** Start of the hour, in ms since the epoch. */
  hour: number;
  by: 1 | -1;
}

/** What a write of a record changes in the number of deaths: nothing, unless the delivery dies or is no longer dead. */
export function deathChanges(before: DeliveryRecord | undefined, after: DeliveryRecord): DeathChange[] {
  const [former, present] = [deathOf(before), deathOf(after)];
  if (former?.hour === present?.hour) return [];
  return [...(former ? [{ ...former, by: -1 as const }] : []), ...(present ? [{ ...present, by: 1 as const }] : [])];
}

function deathOf(record: DeliveryRecord | undefined): Omit<DeathChange, 'by'> | undefined {
  if (record === undefined || endedAs(record) !== 'dead') return undefined;
  const { eventId, endpointId } = record;
  return { eventId, endpointId, hour: hourOf(record.updatedAt) };
}
