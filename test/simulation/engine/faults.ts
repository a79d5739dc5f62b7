import type { Reached } from './limits.ts';
import type { Throttled } from './throttling.ts';

/** Faults of a port's call. */
export const CALL_FAULTS = ['before', 'after', 'throttle', 'repeated', 'partial', 'delay', 'crash'] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

/** Other faults. */
export const OTHER_FAULTS = [
  'timeout',
  'outage',
  'sqs duplicate',
  'delete lost',
  'delete late',
  'fan-out fails',
  'bus entry failed',
  'bus duplicate',
  'bus late',
  'bus gave up',
  'bus lost',
  'purge',
  'purge of deliveries',
  'purge of work',
  'garbage',
  'answer lost',
  'container recycled',
  'standstill',
  'little time',
] as const;
export type OtherFault = (typeof OTHER_FAULTS)[number];
export type FaultName = CallFault | OtherFault | Reached | Throttled;

/** An error that the simulation injects into a call. The product does not know it, so nothing handles it specially. */
export class InjectedFault extends Error {
  constructor(kind: CallFault | Reached, call: string) {
    const isThrottled = kind.startsWith('throttle');
    super(`${isThrottled ? 'Rate exceeded' : 'Injected fault'} (${kind}) at ${call}`);
    this.name = isThrottled ? 'ThrottlingException' : 'InjectedFault';
  }
}
