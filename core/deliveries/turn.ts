import type { Addressee } from './ledger.ts';
import type { ReceivedDelivery } from './message.ts';
import type { DeliveryRecord, Position } from './record.ts';

/** A message at its turn. */
export interface Turn {
  received: ReceivedDelivery;
  position: Position;
  attempt: number;
  record: DeliveryRecord | undefined;
  /** The token of the claim that this message took, once it has. */
  token?: string;
}

/** A message at its turn, with the endpoint that it may be posted to. */
export interface Work extends Turn, Addressee {}
