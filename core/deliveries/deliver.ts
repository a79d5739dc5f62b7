import type { EndpointWithHealth } from '../endpoints/health.ts';
import { giveBackRoom } from './body-room.ts';
import { decide, type Situation } from './decide.ts';
import type { ReceivedDelivery } from './message.ts';
import { perform } from './perform.ts';
import type { DeliverPorts, Verdict } from './ports.ts';
import type { DeliveryRecord } from './record.ts';

/** With this much time left, nothing more is done. */
export const LAST_MS = 2_000;

/** The fault of a message that was not done in time. */
export const tooLate = () => new Error('The invocation ended before this message was done.');

/** Maximum decisions per receive. A plain delivery takes four; only races between messages take more than a dozen. */
const DECISIONS_MAX = 50;

/**
 * Processes one message: decides what to do next and does it, until a decision ends the receive.
 * @throws on an error on our side (an AWS error): the message is received again.
 */
export async function deliver(
  given: ReceivedDelivery,
  record: DeliveryRecord | undefined,
  endpoint: EndpointWithHealth | undefined,
  ports: DeliverPorts,
): Promise<Verdict> {
  // Apart from here on: messages that are made from this one must not carry it too.
  const { result, ...message } = given.message;
  const received = { ...given, message };
  // A dead letter that was redriven carries that of the cycle that ended.
  const carried = (record?.next.cycle ?? message.cycle) === message.cycle ? result : undefined;
  const earlier = ports.unrecordedResults.get(received.messageId) ?? carried;
  let situation: Situation = {
    received,
    endsAt: ports.clock() + ports.remainingMs(),
    record,
    endpoint,
    endpointIsFresh: false,
    triedToAdopt: false,
    permit: undefined,
    room: undefined,
    content: undefined,
    claim: null,
    probe: undefined,
    result: earlier && {
      attempt: earlier,
      isNew: false,
      isCarried: earlier === carried,
      random: ports.random.unit(),
    },
    done: undefined,
  };
  try {
    for (let decisions = 0; decisions < DECISIONS_MAX; decisions++) {
      // Its message is received again: another receive may be working on it.
      if (ports.clock() > situation.endsAt - LAST_MS) throw tooLate();
      const next = await perform(decide(situation, ports.clock()), situation, ports);
      if (typeof next === 'string') return next;
      situation = next;
    }
  } finally {
    giveBackRoom(situation);
  }
  throw new Error('The delivery changes too fast to be decided on; its message is received again.');
}
