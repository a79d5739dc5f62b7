import { adopt, replaceDeadLetter } from './adopt.ts';
import { takeClaim } from './claim.ts';
import type { Decision, Situation } from './decide.ts';
import { askRateLimiter, takeProbe } from './permit.ts';
import type { DeliverPorts, Verdict } from './ports.ts';
import { post, readContent } from './post.ts';
import { changeLane, delayToSlot, discard, hold, waitForSlot } from './postpone.ts';
import { recordResult } from './record-result.ts';

/**
 * Does what was decided. The order of effects is always: make the follow-up durable, record, acknowledge. A crash between
 * any two repeats work and never loses it.
 * @returns the situation with what is new, to decide again; at the end, what SQS is told.
 * @throws on an error on our side (an AWS error): the message is received again.
 */
export async function perform(
  decision: Decision,
  situation: Situation,
  ports: DeliverPorts,
): Promise<Situation | Verdict> {
  const { received } = situation;
  switch (decision.do) {
    // The end: what SQS is told.
    case 'acknowledge':
      if (situation.finished === undefined) ports.observer.notAttempted(received, 'stale');
      ports.unrecordedResults.delete(received.messageId);
      return 'acknowledge';
    case 'failToDeadLetterQueue':
      await ports.changeVisibility(received, 0);
      return 'try_again';
    case 'lookAgain':
      await ports.changeVisibility(received, 1);
      return 'try_again';
    case 'waitForClaim':
      ports.observer.notAttempted(received, 'claimed by another message');
      await ports.changeVisibility(received, Math.max(1, Math.ceil((decision.untilMs - ports.clock()) / 1000)));
      return 'try_again';
    // A redriven message and its record.
    case 'replaceDeadLetter':
      return replaceDeadLetter(situation, ports);
    case 'adopt':
      return adopt(decision.deadMessageId, situation, ports);
    // Without a POST.
    case 'readEndpoint':
      return readEndpoint(situation, ports);
    case 'discard':
      return discard(decision.reason, decision.live, situation, ports);
    case 'hold':
      return hold(decision.waitingFor, decision.turn, situation, ports);
    case 'changeLane':
      return changeLane(decision.turn, situation, ports);
    case 'delayToSlot':
      return delayToSlot(decision.atMs, decision.turn, situation, ports);
    case 'waitForSlot':
      return waitForSlot(decision.turn, situation, ports);
    // Towards the POST.
    case 'askRateLimiter':
      return askRateLimiter(decision.turn, situation, ports);
    case 'prepare':
      return readContent(decision.turn, situation, ports);
    case 'claim':
      return takeClaim(decision.turn, situation, ports);
    case 'takeProbe':
      return takeProbe(decision.turn, situation, ports);
    case 'post':
      return post(decision.content, decision.turn, situation, ports);
    // After the POST.
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
