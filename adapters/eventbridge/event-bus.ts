import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBus } from '../../core/events/accept.ts';
import type { AcceptedEvents } from '../../core/events/accepted.ts';
import { awsClientConfig, trimmed } from '../aws-client.ts';

/** What the rule to the fan-out queue matches. */
export const EVENT_SOURCE = 'postrider';
export const EVENT_ACCEPTED = 'event.accepted';

/** A client for the life of a container. */
export function createEventBridge(): EventBridgeClient {
  return trimmed(new EventBridgeClient(awsClientConfig));
}

const CALL_ENTRIES_MAX = 10;
/** EventBridge takes 1 MB a call. */
const CALL_BYTES_MAX = 900 * 1024;

/** The bus. */
export function createEventBus({ client, bus }: { client: EventBridgeClient; bus: string }): EventBus {
  async function call(details: { detail: string; index: number }[]): Promise<number[]> {
    const answer = await client.send(
      new PutEventsCommand({
        Entries: details.map(({ detail }) => ({
          EventBusName: bus,
          Source: EVENT_SOURCE,
          DetailType: EVENT_ACCEPTED,
          Detail: detail,
        })),
      }),
    );
    // The count alone is not enough: the entries say which. Without an id an entry was not taken.
    return details.filter((_, at) => answer.Entries?.[at]?.EventId === undefined).map(({ index }) => index);
  }

  return {
    async put(entries: AcceptedEvents[]) {
      const details = entries.map((entry, index) => ({ detail: JSON.stringify(entry), index }));
      return (await Promise.all(callsOf(details).map(call))).flat();
    },
  };
}

function callsOf(details: { detail: string; index: number }[]) {
  const calls: { detail: string; index: number }[][] = [];
  let bytes = 0;
  for (const one of details) {
    const size = Buffer.byteLength(one.detail);
    const open = calls.at(-1);
    if (open && open.length < CALL_ENTRIES_MAX && bytes + size <= CALL_BYTES_MAX) {
      open.push(one);
      bytes += size;
    } else {
      calls.push([one]);
      bytes = size;
    }
  }
  return calls;
}
