import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBus } from '../../core/events/accept.ts';
import type { RuleEntry } from '../../core/operational-events/publish.ts';
import { awsClientConfig, prepared } from '../aws-client.ts';

/** The source and detail type that the rule to the fan-out queue matches. */
export const EVENT_SOURCE = 'postrider';
export const EVENT_ACCEPTED = 'event.accepted';

/** A client for the life of an execution environment. */
export function createEventBridge(): EventBridgeClient {
  return prepared(new EventBridgeClient(awsClientConfig));
}

const CALL_ENTRIES_MAX = 10;
/** EventBridge accepts 1 MB per call. */
const CALL_BYTES_MAX = 900 * 1024;

interface Detail {
  type: string;
  detail: string;
  index: number;
}

/** The bus. */
export function createEventBus({ client, bus }: { client: EventBridgeClient; bus: string }): EventBus & {
  /** Puts operational events as entries of their own, for the operator's own rules. Returns which were not taken. */
  tell(entries: RuleEntry[]): Promise<number[]>;
} {
  async function call(details: Detail[]): Promise<number[]> {
    const answer = await client.send(
      new PutEventsCommand({
        Entries: details.map(({ type, detail }) => ({
          EventBusName: bus,
          Source: EVENT_SOURCE,
          DetailType: type,
          Detail: detail,
        })),
      }),
    );
    // An entry without an id was not taken. The failed count alone does not say which ones.
    return details.filter((_, at) => answer.Entries?.[at]?.EventId === undefined).map(({ index }) => index);
  }

  const put = async (details: Detail[]) => (await Promise.all(callsOf(details).map(call))).flat();

  return {
    put: (entries) =>
      put(entries.map((entry, index) => ({ type: EVENT_ACCEPTED, detail: JSON.stringify(entry), index }))),
    tell: (entries) => put(entries.map(({ type, envelope }, index) => ({ type, detail: envelope, index }))),
  };
}

function callsOf(details: Detail[]): Detail[][] {
  const calls: Detail[][] = [];
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
