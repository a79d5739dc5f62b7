import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nextCycle, startOf } from '../../../core/deliveries/advance.ts';
import { decide, type Situation, startAgain } from '../../../core/deliveries/decide.ts';
import type { ReceivedDelivery } from '../../../core/deliveries/message.ts';
import type { DeadLetter, DeliveryRecord } from '../../../core/deliveries/record.ts';
import type { AttemptResult } from '../../../core/deliveries/sender.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { type EndpointHealth, freshHealth } from '../../../core/endpoints/health.ts';
import { retryPolicy } from '../../../core/retry/policy.ts';
import { aMessage, anEndpoint, DAY, START } from '../../support/delivery-world.ts';

const HOUR = DAY / 24;
const CONTENT = { body: '{}', secrets: { newest: 'whsec_', previous: [] }, headers: {} };
const LARGE = aMessage({ payload: { key: 'acme/evt_1/hash', offset: 0, length: 1_048_576 } });
const ROOM = { giveBack: () => undefined, hasWaited: false };
const PERMIT = { kind: 'post', from: START, until: START + 950 } as const;
const CIRCUIT = { openUntil: START + 60_000, intervalMs: 60_000, releasedFor: null, probe: null };
const DUE_CIRCUIT = { ...CIRCUIT, openUntil: START };

function received(changes: Partial<Omit<ReceivedDelivery, 'message'>> = {}, message = aMessage()): ReceivedDelivery {
  const sqs = { messageId: 'm1', receiptHandle: 'r', receiveCount: 1, sentAt: START, firstReceivedAt: START };
  return { ...sqs, lane: 'fast', message, ...changes };
}

const record = (changes: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  ...startOf(aMessage(), START),
  ...changes,
});
const deadLetter = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  messageId: 'm1',
  copy: 'copy',
  firstReceivedAt: START,
  sentAt: START,
  ...changes,
});
const dead = (changes: Partial<DeadLetter> = {}) => record({ status: 'dead', deadLetter: deadLetter(changes) });

function endpoint(changes: Partial<Endpoint> = {}, health: Partial<EndpointHealth> = {}): Situation['endpoint'] {
  return { endpoint: anEndpoint(changes), health: { ...freshHealth('ep_1'), lane: 'fast', ...health } };
}

const POSTED = { at: START, durationMs: 1, retryAfter: null, responseExcerpt: '' } as const;

function answered(changes: Partial<AttemptResult>): Pick<Situation, 'result'> {
  const answer = { ...POSTED, statusCode: 500, errorCode: 'http_status' } as const;
  return {
    result: {
      attempt: { ...answer, ...changes },
      isNew: true,
      isCarried: false,
      random: 0.5,
    },
  };
}

const carriedFailure: Pick<Situation, 'result'> = {
  result: {
    attempt: { ...POSTED, statusCode: 500, errorCode: 'http_status' },
    isNew: false,
    isCarried: true,
    random: 0.5,
  },
};
const carried: Pick<Situation, 'result'> = {
  result: { attempt: { ...POSTED, statusCode: 200, errorCode: null }, isNew: false, isCarried: true, random: 0.5 },
};

function situation(changes: Partial<Situation> = {}): Situation {
  return {
    received: received(),
    endsAt: START + 60_000,
    record: undefined,
    endpoint: endpoint(),
    endpointIsFresh: false,
    triedToAdopt: false,
    permit: undefined,
    room: undefined,
    content: undefined,
    claim: null,
    probe: undefined,
    result: undefined,
    done: undefined,
    ...changes,
  };
}

interface Row {
  known: string;
  when: Partial<Situation>;
  decision: { do: string } & Record<string, unknown>;
}

/** In the order, and in the words, of the table in docs/architecture.md. */
const ROWS: readonly Row[] = [
  { known: 'its outcome is recorded', when: { done: 'recorded' }, decision: { do: 'acknowledge' } },
  {
    known: 'the record names it as the dead letter',
    when: { done: 'check_record', record: dead() },
    decision: { do: 'failToDeadLetterQueue' },
  },
  {
    known: 'it is live, or a successor',
    when: {
      done: 'check_record',
      record: dead({ messageId: 'm0' }),
      received: received({}, aMessage({ step: 2, copy: 'b' })),
    },
    decision: { do: 'lookAgain' },
  },
  {
    known: 'the record has moved past it',
    when: { done: 'check_record', record: record({ next: { cycle: 1, step: 2 } }) },
    decision: { do: 'acknowledge' },
  },
  {
    known: 'a later step, or a final status: stale; but the message carries the result of a POST',
    when: { record: record({ next: { cycle: 1, step: 2 } }), ...carried },
    decision: { do: 'noteAttempt' },
  },
  {
    known: 'a later step, or a final status: stale',
    when: { record: record({ next: { cycle: 1, step: 2 } }) },
    decision: { do: 'acknowledge' },
  },
  {
    known: 'dead, and this is the dead letter',
    when: { record: dead() },
    decision: { do: 'failToDeadLetterQueue' },
  },
  {
    known: 'dead, and this is a later step of that cycle: successor',
    when: { record: dead({ messageId: 'm0' }), received: received({}, aMessage({ step: 2, copy: 'b' })) },
    decision: { do: 'replaceDeadLetter' },
  },
  {
    known: "dead, and this has the dead letter's body under a new id: redriven",
    when: { record: dead({ messageId: 'm0' }), received: received({ sentAt: START + 1 }) },
    decision: { do: 'adopt', deadMessageId: 'm0' },
  },
  {
    known: 'the same, but another copy was adopted and died since',
    when: { record: dead({ messageId: 'm0' }), received: received({ sentAt: START + 1 }), triedToAdopt: true },
    decision: { do: 'acknowledge' },
  },
  {
    known: 'adopted, not attempted, and moved by SQS once more',
    when: {
      record: {
        ...nextCycle(dead(), { cycle: 2, step: 1 }, START),
        ...{ adoptedMessageId: 'm0', adoptedCopy: 'copy', adoptedSentAt: START },
      },
      received: received({ sentAt: START + 1 }),
    },
    decision: { do: 'adoptAgain' },
  },
  {
    known: 'the message carries a failure, and another receive claims a POST',
    when: {
      ...carriedFailure,
      record: record({ claim: { messageId: 'm0', cycle: 1, step: 1, until: START + 60_000, token: 'theirs' } }),
    },
    decision: { do: 'waitForClaim', untilMs: START + 60_000 },
  },
  { known: '2xx', when: answered({ statusCode: 204, errorCode: null }), decision: { do: 'recordDelivered' } },
  {
    known: 'failed, and the next attempt is due within 15 minutes',
    when: answered({ statusCode: 429, retryAfter: '900' }),
    decision: { do: 'retry', delayMs: 900_000 },
  },
  {
    known: 'failed, and the next attempt is due later',
    when: answered({ statusCode: 429, retryAfter: '901' }),
    decision: { do: 'retryLater', delayMs: 901_000 },
  },
  {
    known: '410',
    when: answered({ statusCode: 410 }),
    decision: { do: 'die', reason: 'gone', disableEndpoint: true },
  },
  {
    known: 'a permanent failure, attempts used up, or the event would expire first',
    when: {
      ...answered({ statusCode: 404 }),
      endpoint: endpoint({ retryPolicy: retryPolicy.parse({ retry_on: 'transient' }) }),
    },
    decision: { do: 'die', reason: 'permanent_failure', disableEndpoint: false },
  },
  {
    known: 'another receive claims the POST',
    when: { record: record({ claim: { messageId: 'm0', cycle: 1, step: 1, until: START + 60_000, token: 'theirs' } }) },
    decision: { do: 'waitForClaim', untilMs: START + 60_000 },
  },
  {
    known: 'the cached endpoint is deleted, disabled or not subscribed',
    when: { endpoint: endpoint({ state: 'disabled' }) },
    decision: { do: 'readEndpoint' },
  },
  {
    known: 'the endpoint is deleted, disabled or not subscribed',
    when: { endpoint: undefined, endpointIsFresh: true },
    decision: { do: 'discard', reason: 'endpoint_deleted' },
  },
  {
    known: 'its event expires within 3 hours',
    when: { received: received({}, aMessage({ expiresAt: START + 3 * HOUR - 1 })) },
    decision: { do: 'die', reason: 'expired', disableEndpoint: false },
  },
  {
    known: 'the endpoint is paused',
    when: { endpoint: endpoint({ state: 'paused' }) },
    decision: { do: 'hold', waitingFor: 'paused' },
  },
  {
    known: 'its circuit is open, and no probe is due',
    when: { endpoint: endpoint({}, { circuit: CIRCUIT }) },
    decision: { do: 'hold', waitingFor: 'circuit' },
  },
  {
    known: 'the endpoint is slow, and the message came by another lane',
    when: { endpoint: endpoint({}, { lane: 'slow' }) },
    decision: { do: 'changeLane' },
  },
  {
    known: 'too little time is left for the POST, or there was no room for its body in time',
    when: { received: received({}, LARGE), room: 'none' },
    decision: { do: 'handOn' },
  },
  {
    known: 'its body is not in the message, and there is no room for it yet',
    when: { received: received({}, LARGE) },
    decision: { do: 'takeRoom' },
  },
  {
    known: 'the rate limiter has not been asked',
    when: { endpoint: endpoint({ rateLimitPerSecond: 5 }) },
    decision: { do: 'askRateLimiter' },
  },
  {
    known: 'over the limit, with a slot within 15 minutes',
    when: { endpoint: endpoint({ rateLimitPerSecond: 5 }), permit: { kind: 'slot', at: START + 7_000 } },
    decision: { do: 'delayToSlot', atMs: START + 7_000 },
  },
  {
    known: 'over the limit, without a slot',
    when: { endpoint: endpoint({ rateLimitPerSecond: 5 }), permit: { kind: 'no_slot' } },
    decision: { do: 'waitForSlot' },
  },
  {
    known: 'nothing is in the way, and body and secrets are not read yet',
    when: { endpoint: endpoint({ rateLimitPerSecond: 5 }), permit: PERMIT },
    decision: { do: 'prepare' },
  },
  {
    known: 'too little time is left meanwhile',
    when: { content: CONTENT, endsAt: START + 29_999 },
    decision: { do: 'handOn' },
  },
  {
    known: 'it may have a duplicate or had to wait for room, and holds no claim',
    when: { content: CONTENT, received: received({ receiveCount: 2 }) },
    decision: { do: 'claim' },
  },
  {
    known: 'the circuit is open, and it holds no lease',
    when: { content: CONTENT, endpoint: endpoint({}, { circuit: DUE_CIRCUIT }) },
    decision: { do: 'takeProbe' },
  },
  {
    known: 'another message is the probe',
    when: { content: CONTENT, endpoint: endpoint({}, { circuit: DUE_CIRCUIT }), probe: 'refused' },
    decision: { do: 'hold', waitingFor: 'circuit' },
  },
  {
    known: 'its permit has lapsed meanwhile',
    when: { content: CONTENT, endpoint: endpoint({ rateLimitPerSecond: 5 }), permit: { ...PERMIT, until: START - 1 } },
    decision: { do: 'askRateLimiter' },
  },
  { known: 'nothing is in the way', when: { content: CONTENT }, decision: { do: 'post', content: CONTENT } },
];

const decided = (when: Partial<Situation>) => decide(situation(when), START);

describe('what is decided about a message', () => {
  it.each(ROWS)('$known: $decision.do', ({ when, decision }) => {
    expect(decided(when)).toMatchObject(decision);
  });

  it('matches the table in docs/architecture.md, row by row', () => {
    const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
    const table = [...page.matchAll(/^\| ([^|]+) \| `(\w+)` \|/gm)].map(
      ([, known, decision]) => `${known}: ${decision}`,
    );
    expect(table).toEqual(ROWS.map(({ known, decision }) => `${known}: ${decision.do}`));
  });
});

describe('an earlier row takes precedence over a later one', () => {
  const paused = endpoint({ state: 'paused' });
  const limited = endpoint({ rateLimitPerSecond: 1 });
  const claim = { messageId: 'm0', cycle: 1, step: 1, until: START + 60_000, token: 'theirs' };

  it.each([
    ['a claim before a pause', { record: record({ claim }), endpoint: paused }, 'waitForClaim'],
    ['a result before everything', { ...answered({}), record: record({ claim }), endpoint: paused }, 'retry'],
    ['disabled before expired', { endpoint: endpoint({ state: 'disabled' }), received: expiring() }, 'readEndpoint'],
    ['expired before paused', { endpoint: paused, received: expiring() }, 'die'],
    ['paused before an open circuit', { endpoint: endpoint({ state: 'paused' }, { circuit: CIRCUIT }) }, 'hold'],
    ['an open circuit before the lane', { endpoint: endpoint({}, { circuit: CIRCUIT, lane: 'slow' }) }, 'hold'],
    ['the lane before the limit', { endpoint: endpoint({ rateLimitPerSecond: 1 }, { lane: 'slow' }) }, 'changeLane'],
    ['the lane before the time', { endpoint: endpoint({}, { lane: 'slow' }), endsAt: START }, 'changeLane'],
    ['a pause before the time', { endpoint: paused, endsAt: START }, 'hold'],
    ['the time before the room', { received: received({}, LARGE), endsAt: START }, 'handOn'],
    ['room before the limit', { received: received({}, LARGE), endpoint: limited }, 'takeRoom'],
  ] as const)('%s', (_, when, expected) => {
    expect(decided(when).do).toBe(expected);
  });

  function expiring(): ReceivedDelivery {
    return received({}, aMessage({ expiresAt: START }));
  }
});

describe('a POST that was made and not recorded', () => {
  it('is not made again, even if the endpoint has to be read first', () => {
    const known = answered({ statusCode: 204, errorCode: null });
    expect(decided({ ...known, endpoint: undefined }).do).toBe('readEndpoint');
    expect(decided({ ...known, endpointIsFresh: true }).do).toBe('recordDelivered');
  });

  it('is recorded at once where it was made; a failure that was carried waits for the POST of another message', () => {
    const claim = { messageId: 'm0', cycle: 1, step: 1, until: START + 60_000, token: 'theirs' };
    expect(decided({ ...answered({}), record: record({ claim }) }).do).toBe('retry');
    expect(decided({ ...carriedFailure, record: record({ claim }) }).do).toBe('waitForClaim');
    expect(decided({ ...carriedFailure, record: record({ claim: { ...claim, until: START } }) }).do).toBe('retry');
    expect(decided({ ...carried, record: record({ claim }) }).do).toBe('recordDelivered');
  });
});

describe('a live message', () => {
  it('needs no claim for a plain first attempt, but needs one whenever there may be a duplicate', () => {
    const isClaimed = (when: Partial<Situation>) => decided({ content: CONTENT, ...when }).do === 'claim';
    expect(isClaimed({})).toBe(false);
    const duplicable = [
      { received: received({ receiveCount: 2 }) },
      { received: received({}, aMessage({ step: 2 })) },
      { received: received({}, aMessage({ cycle: 2 })) },
      { received: received({}, aMessage({ repeat: true })) },
      { received: received({}, aMessage({ forced: true })) },
      { record: record() },
      { received: received({}, LARGE), room: { ...ROOM, hasWaited: true } },
    ];
    expect(duplicable.map(isClaimed)).toEqual(duplicable.map(() => true));
    expect(isClaimed({ received: received({ receiveCount: 2 }), claim: 'ours' })).toBe(false);
  });

  it('is POSTed by an invocation that has the time for the answer and as much as recording it may take', () => {
    const timeoutMs = anEndpoint().timeoutSeconds * 1000;
    const decidedWith = (leftMs: number) => decided({ endsAt: START + timeoutMs + leftMs }).do;
    expect([decidedWith(15_000), decidedWith(14_999)]).toEqual(['prepare', 'handOn']);
  });

  it('that an operator chose may be the probe before it is due, and is sent even without a subscription', () => {
    const chosen = received({ sentAt: START + 1 }, aMessage({ forced: true, eventType: 'refund.created' }));
    expect(decided({ received: chosen, endpoint: endpoint({}, { circuit: CIRCUIT }) }).do).toBe('prepare');
  });

  it('starts again without a claim that its record no longer has', () => {
    const claim = { messageId: 'm1', cycle: 1, step: 1, until: START + 60_000, token: 'ours' };
    const ready = situation({ claim: 'ours', content: CONTENT, permit: PERMIT });
    expect(startAgain(ready, record({ claim }))).toMatchObject({ claim: 'ours', content: undefined });
    expect(startAgain(ready, record({ claim: { ...claim, token: 'theirs' } })).claim).toBeNull();
    expect(startAgain(ready, record()).claim).toBeNull();
  });

  it('does not wait for its own claim, nor for one that has ended', () => {
    const claim = { messageId: 'm0', cycle: 1, step: 1, until: START + 1, token: 'ours' };
    expect(decided({ record: record({ claim }), claim: 'ours' }).do).toBe('prepare');
    expect(decided({ record: record({ claim: { ...claim, until: START } }) }).do).toBe('prepare');
  });
});
