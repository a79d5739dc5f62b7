import { adopt, adoptAgain, replaceDeadLetter } from './adopt.ts';
import { takeRoom } from './body-room.ts';
import { takeClaim } from './claim.ts';
import type { Decision, Situation } from './decide.ts';
import { askRateLimiter, takeProbe } from './permit.ts';
import type { DeliverPorts, Verdict } from './ports.ts';
import { post, readContent } from './post.ts';
import { changeLane, delayToSlot, discard, handOn, hold, waitForSlot } from './postpone.ts';
import { noteAttempt, recordResult } from './record-result.ts';

/**
 * Does what was decided. The order of effects is always: make the follow-up durable, record, acknowledge. A crash between
 * any two repeats work and never loses it.
 * @returns the situation with one more fact; at the end, the verdict for SQS.
 * @throws on an error on our side (an AWS error): the message is received again.
 */
export async function perform(
  decision: Decision,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation | Verdict> {
  const { received } = situation;
  switch (decision.do) {
    // The end of the receive.
    case 'acknowledge':
      if (situation.done === undefined) {
        ports.observer.notAttempted(received, 'stale');
        ports.unrecordedResults.delete(received.messageId);
      }
      return 'acknowledge';
    case 'failToDeadLetterQueue':
      await ports.changeVisibility(received, 0);
      return 'try_again';
    case 'lookAgain':
      await ports.changeVisibility(received, 1);
      return 'try_again';
    case 'waitForClaim':
      ports.observer.notAttempted(received, 'claimed by another receive');
      await ports.changeVisibility(received, Math.max(1, Math.ceil((decision.untilMs - ports.clock()) / 1000)));
      return 'try_again';
    case 'noteAttempt':
      return noteAttempt(situation, ports);
    // Messages of a dead delivery.
    case 'replaceDeadLetter':
      return replaceDeadLetter(situation, ports);
    case 'adopt':
      return adopt(decision.deadMessageId, situation, ports);
    case 'adoptAgain':
      return adoptAgain(situation, ports);
    // What keeps it from its POST.
    case 'readEndpoint':
      return readEndpoint(situation, ports);
    case 'discard':
      return discard(decision.reason, decision.live, situation, ports);
    case 'hold':
      return hold(decision.waitingFor, decision.delivery, situation, ports);
    case 'changeLane':
      return changeLane(decision.delivery, situation, ports);
    case 'handOn':
      return handOn(decision.delivery, situation, ports);
    case 'takeRoom':
      return takeRoom(decision.delivery, situation, ports);
    case 'delayToSlot':
      return delayToSlot(decision.atMs, decision.delivery, situation, ports);
    case 'waitForSlot':
      return waitForSlot(decision.delivery, situation, ports);
    // The POST.
    case 'askRateLimiter':
      return askRateLimiter(decision.delivery, situation, ports);
    case 'prepare':
      return readContent(decision.delivery, situation, ports);
    case 'claim':
      return takeClaim(decision.delivery, situation, ports);
    case 'takeProbe':
      return takeProbe(decision.delivery, situation, ports);
    case 'post':
      return post(decision.content, decision.delivery, situation, ports);
    // What follows it.
    case 'recordDelivered':
    case 'retry':
    case 'retryLater':
    case 'die':
      return recordResult(decision, situation, ports);
  }
}

async function readEndpoint(situation: Situation, ports: DeliverPorts): Promise<Situation> {
  const { endpointId, tenant } = situation.received.message;
  const found = (await ports.ledger.load([], [endpointId])).endpoints.get(endpointId);
  const endpoint = found?.endpoint.tenant === tenant ? found : undefined;
  return { ...situation, endpoint, endpointIsFresh: true };
}
