import { describe, expect, it } from 'vitest';
import type { AnyCheck, Check } from '../../../tools/confirm/check.ts';
import * as deadLetters from '../../../tools/confirm/checks/dead-letters.ts';
import * as functions from '../../../tools/confirm/checks/functions.ts';
import * as gateway from '../../../tools/confirm/checks/gateway.ts';
import * as queues from '../../../tools/confirm/checks/queues.ts';
import * as stage from '../../../tools/confirm/checks/stage.ts';
import { checks } from '../../../tools/confirm/checks.ts';

/** Answers of AWS, by what they say of the fact. */
interface Recorded<Answers> {
  readonly confirmed: readonly Answers[];
  readonly refuted: readonly Answers[];
  readonly unclear: readonly Answers[];
}

interface Case {
  readonly check: AnyCheck;
  readonly results: readonly { readonly expected: string; readonly given: string }[];
}

function recorded<Answers>(check: Check<Answers>, answers: Recorded<Answers>): Case {
  const kinds = ['confirmed', 'refuted', 'unclear'] as const;
  const results = kinds.flatMap((expected) =>
    answers[expected].map((one) => ({ expected, given: check.judge(one).result })),
  );
  return { check, results };
}

const body = '{"copy":"1",  "text":"é \\u00e9 \u{1f4ee} \\/ \\"", "n":1.0}\n';
const sent = { id: 'a', group: 'ep_confirm', sentAt: 1_000, body };
const redriven = { id: 'b', group: 'ep_confirm', sentAt: 9_000, body };

const FORBIDDEN = { status: 403, body: '{"message":"Forbidden"}' };
const session = 'arn:aws:sts::111122223333:assumed-role/Postrider-confirm-a-CallerRole-1/confirm';
const accepted = (userArn: string | undefined) => ({
  status: 200,
  body: JSON.stringify({ body: '{}', isBase64Encoded: false, contentLength: '2', userArn }),
});

const clock = (environment: string, offset: number, way: number) => ({
  environment,
  sent: 1_000,
  received: 1_000 + 2 * way + 30,
  began: 1_000 + way + offset,
  ended: 1_030 + way + offset,
});
const clocks = (offsets: readonly number[], way: number) => offsets.map((offset, at) => clock(`e${at}`, offset, way));

const writes = (asked: number, accepted: readonly number[]) => accepted.map((one) => ({ asked, accepted: one }));
const steady = (accepted: number) => Array.from({ length: 30 }, () => accepted);

const cases = [
  recorded(deadLetters.groupInDeadLetters, {
    confirmed: [{ sent, dead: sent }],
    refuted: [{ sent, dead: { ...sent, group: undefined } }],
    unclear: [{ sent, dead: undefined }],
  }),
  recorded(deadLetters.idInDeadLetters, {
    confirmed: [{ sent, dead: sent }],
    refuted: [{ sent, dead: { ...sent, id: 'b' } }],
    unclear: [{ sent: undefined, dead: sent }],
  }),
  recorded(deadLetters.groupAfterRedrive, {
    confirmed: [{ sent, dead: sent, redriven }],
    refuted: [{ sent, dead: sent, redriven: { ...redriven, group: undefined } }],
    unclear: [{ sent, dead: sent, redriven: undefined }],
  }),
  recorded(deadLetters.redrivenIsNew, {
    confirmed: [{ sent, dead: sent, redriven }],
    refuted: [
      { sent, dead: sent, redriven: { ...redriven, id: sent.id } },
      { sent, dead: sent, redriven: { ...redriven, sentAt: sent.sentAt } },
    ],
    unclear: [{ sent, dead: undefined, redriven }],
  }),
  recorded(deadLetters.bodyUnchanged, {
    confirmed: [{ sent, dead: sent, redriven }],
    refuted: [
      { sent, dead: { ...sent, body: body.trim() }, redriven },
      { sent, dead: sent, redriven: { ...redriven, body: body.replace('\\u00e9', 'é') } },
    ],
    unclear: [{ sent, dead: sent, redriven: undefined }],
  }),
  recorded(deadLetters.noRedriveOfOthers, {
    confirmed: [
      { error: 'InvalidParameterValue: Source queue must be configured as a Dead Letter Queue.' },
      { error: 'ResourceNotFoundException: No source queue is found for this DLQ' },
    ],
    refuted: [{ error: undefined }],
    unclear: [{ error: 'RequestThrottled: Request is throttled.' }],
  }),
  recorded(deadLetters.retentionFromSend, {
    confirmed: [{ movedAt: 121, keptSeconds: 180, lastSeenAt: 176, goneAt: 183 }],
    refuted: [
      { movedAt: 121, keptSeconds: 180, lastSeenAt: 298, goneAt: 302 },
      { movedAt: 121, keptSeconds: 180, lastSeenAt: 355, goneAt: undefined },
    ],
    unclear: [
      { movedAt: 121, keptSeconds: 180, lastSeenAt: 0, goneAt: 152 },
      { movedAt: 121, keptSeconds: 180, lastSeenAt: 200, goneAt: undefined },
    ],
  }),
  recorded(queues.countSettles, {
    confirmed: [{ sent: 37, counted: [37, 37, 37] }],
    refuted: [{ sent: 37, counted: [37, 36, 37] }],
    unclear: [{ sent: 37, counted: [] }],
  }),
  recorded(queues.noncharacters, {
    confirmed: [
      {
        answers: [
          { character: '\ufffe', error: 'InvalidMessageContents' },
          { character: '\uffff', error: 'InvalidMessageContents' },
        ],
      },
      {
        answers: [
          { character: '\ufffe', body: 'a\ufffdb' },
          { character: '\uffff', error: 'InvalidMessageContents' },
        ],
      },
    ],
    refuted: [{ answers: [{ character: '\ufffe', body: 'a\ufffeb' }] }],
    unclear: [
      { answers: [{ character: '\ufffe', error: 'RequestThrottled' }] },
      { answers: [{ character: '\uffff', body: '' }] },
    ],
  }),
  recorded(queues.oneMebibyte, {
    confirmed: [
      { message: undefined, batch: undefined, larger: 'InvalidParameterValue' },
      { message: undefined, batch: undefined, larger: undefined },
    ],
    refuted: [
      { message: 'InvalidParameterValue', batch: undefined, larger: 'InvalidParameterValue' },
      { message: undefined, batch: 'BatchRequestTooLong', larger: 'InvalidParameterValue' },
    ],
    unclear: [],
  }),
  recorded(queues.waitingFinds, {
    confirmed: [
      { waiting: { receives: 50, empty: 0 }, notWaiting: { receives: 50, empty: 12 } },
      { waiting: { receives: 50, empty: 0 }, notWaiting: { receives: 50, empty: 0 } },
    ],
    refuted: [{ waiting: { receives: 50, empty: 1 }, notWaiting: { receives: 50, empty: 12 } }],
    unclear: [{ waiting: { receives: 0, empty: 0 }, notWaiting: { receives: 50, empty: 12 } }],
  }),
  recorded(queues.fairQueues, {
    confirmed: [{ waiting: 500, quiet: 10, quietReceived: 10, noisyBefore: 20 }],
    refuted: [
      { waiting: 500, quiet: 10, quietReceived: 10, noisyBefore: 480 },
      { waiting: 500, quiet: 10, quietReceived: 0, noisyBefore: 250 },
    ],
    unclear: [
      { waiting: 500, quiet: 10, quietReceived: 10, noisyBefore: 150 },
      { waiting: 500, quiet: 10, quietReceived: 4, noisyBefore: 0 },
    ],
  }),
  recorded(functions.shortenedVisibility, {
    confirmed: [{ firstReportAt: 1_000, deadAt: 4_000, visibilitySeconds: 60 }],
    refuted: [{ firstReportAt: 1_000, deadAt: 121_000, visibilitySeconds: 60 }],
    unclear: [
      { firstReportAt: undefined, deadAt: undefined, visibilitySeconds: 60 },
      { firstReportAt: 1_000, deadAt: undefined, visibilitySeconds: 60 },
      { firstReportAt: 1_000, deadAt: 42_000, visibilitySeconds: 60 },
    ],
  }),
  recorded(functions.noLoop, {
    confirmed: [{ wanted: 25, allowed: 25, untraced: 25 }],
    refuted: [
      { wanted: 25, allowed: 25, untraced: 16 },
      { wanted: 25, allowed: 16, untraced: 25 },
    ],
    unclear: [{ wanted: 25, allowed: 25, untraced: 0 }],
  }),
  recorded(functions.throttledReceives, {
    confirmed: [{ receives: 5, throttledSeconds: 150, visibilitySeconds: 30 }],
    refuted: [{ receives: 1, throttledSeconds: 150, visibilitySeconds: 30 }],
    unclear: [{ receives: undefined, throttledSeconds: 150, visibilitySeconds: 30 }],
  }),
  recorded(functions.mappingsOverQuota, {
    confirmed: [{ quota: 10, asked: 2_000, error: undefined }],
    refuted: [
      { quota: 10, asked: 2_000, error: 'InvalidParameterValueException: MaximumConcurrency exceeds the quota' },
    ],
    unclear: [{ quota: 5_000, asked: 2_000, error: undefined }],
  }),
  recorded(functions.clocks, {
    confirmed: [clocks([0, 2, -3, 1], 4)],
    refuted: [clocks([0, 40, 1, 2], 4), clocks([-20, 20, 1, 2], 2)],
    unclear: [clocks([0, 1], 4), clocks([0, 2, -3, 1], 40), []],
  }),
  recorded(functions.partitionLimit, {
    confirmed: [
      writes(2_500, steady(1_000)),
      writes(2_500, [...steady(2_500).slice(0, 10), ...steady(1_050).slice(0, 20)]),
    ],
    refuted: [writes(2_500, steady(400)), writes(2_500, steady(1_900))],
    unclear: [writes(1_200, steady(1_000)), writes(2_500, steady(2_500)), []],
  }),
  recorded(gateway.forbidden, {
    confirmed: [{ refusals: { unsigned: FORBIDDEN, expired: FORBIDDEN }, accepted: accepted(session) }],
    refuted: [
      { refusals: { unsigned: FORBIDDEN, expired: { status: 401, body: '{}' } }, accepted: accepted(session) },
      {
        refusals: { unsigned: { status: 403, body: '{"message":"Missing Authentication Token"}' } },
        accepted: accepted(session),
      },
    ],
    unclear: [{ refusals: { unsigned: FORBIDDEN }, accepted: FORBIDDEN }],
  }),
  recorded(gateway.callerArn, {
    confirmed: [{ refusals: {}, accepted: accepted(session) }],
    refuted: [
      { refusals: {}, accepted: accepted(undefined) },
      { refusals: {}, accepted: accepted('arn:aws:iam::111122223333:role/Postrider-confirm-a-CallerRole-1') },
    ],
    unclear: [{ refusals: {}, accepted: FORBIDDEN }],
  }),
  recorded(gateway.textBodies, {
    confirmed: [
      {
        answers: {
          'HTTP/1.1': { body: '\ufffd', isBase64Encoded: false, contentLength: '1' },
          'HTTP/1.1 in chunks': { body: '\ufffd', isBase64Encoded: false },
          'HTTP/2': { body: '\ufffd', isBase64Encoded: false, contentLength: '1' },
        },
      },
    ],
    refuted: [
      { answers: { 'HTTP/1.1': { body: '\ufffd', isBase64Encoded: false } } },
      { answers: { 'HTTP/1.1': { body: '\ufffd', isBase64Encoded: false, contentLength: '3' } } },
      { answers: { 'HTTP/2': { body: '/w==', isBase64Encoded: true, contentLength: '1' } } },
    ],
    unclear: [{ answers: {} }],
  }),
  recorded(stage.adminKeyPermissions, {
    confirmed: [{ code: 0, error: '' }],
    refuted: [
      {
        code: 1,
        error: 'admin-key: Your AWS credentials lack a permission. … not authorized to perform: dynamodb:GetItem',
      },
    ],
    unclear: [{ code: 1, error: 'admin-key: AWS cannot be reached.' }],
  }),
  recorded(stage.deployed, {
    confirmed: [{ stacks: { 'Postrider-dev-State': 'CREATE_COMPLETE', 'Postrider-dev-Api': 'UPDATE_COMPLETE' } }],
    refuted: [
      { stacks: { 'Postrider-dev-State': 'CREATE_COMPLETE', 'Postrider-dev-Api': 'ROLLBACK_COMPLETE' } },
      { stacks: { 'Postrider-dev-State': 'UPDATE_ROLLBACK_COMPLETE' } },
    ],
    unclear: [
      { stacks: { 'Postrider-dev-State': undefined } },
      { stacks: { 'Postrider-dev-State': 'CREATE_IN_PROGRESS' } },
    ],
  }),
];

describe('the answers of AWS', () => {
  it('are recorded for every check, right and wrong ones', () => {
    expect(cases.map(({ check }) => check.id).toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
    for (const { results } of cases) {
      const expected = results.map((one) => one.expected);
      expect(expected).toContain('confirmed');
      expect(expected).toContain('refuted');
    }
  });

  it.each(cases.map((one) => [one.check.id, one.results] as const))('are judged: %s', (_, results) => {
    expect(results.map(({ given }) => given)).toEqual(results.map(({ expected }) => expected));
  });
});
