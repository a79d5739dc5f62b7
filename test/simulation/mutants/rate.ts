import type { Mutant } from './mutant.ts';

const LIMITER = 'core/rate/limiter.ts';
const SLOTS = 'core/rate/slots.ts';
const PERMIT = 'core/deliveries/permit.ts';
const DECIDE = 'core/deliveries/decide.ts';
const POSTPONE = 'core/deliveries/postpone.ts';

/** In the limit per second. */
export const RATE: readonly Mutant[] = [
  {
    name: 'rate: a batch takes one slot',
    file: LIMITER,
    find: "const { begin, count } = await slots.take(endpointId, 'gate', wanted);",
    replace:
      "const { begin, count: had } = await slots.take(endpointId, 'gate', { ...wanted, count: 1 });\n      const count = had * asking.length;",
  },
  {
    name: 'rate: appointments are not waited for',
    file: DECIDE,
    find: "return { do: 'delayToSlot', atMs: permit.at, delivery };",
    replace: "return { do: 'delayToSlot', atMs: nowMs, delivery };",
  },
  {
    name: 'rate: the wait for an appointment is in ms',
    file: POSTPONE,
    find: 'Math.ceil((slot - ports.clock()) / 1000)',
    replace: 'Math.ceil((slot - ports.clock()) / 1_000_000)',
  },
  {
    name: 'rate: a retry goes by its former appointment',
    file: 'core/deliveries/record-result.ts',
    find: 'slot: __, copy: ___, requested: ____, ...message',
    replace: 'copy: ___, ...message',
  },
  {
    name: 'rate: appointments of the past are spent at once',
    file: PERMIT,
    find: 'permit = await waitForPermit(delivery, situation, ports);',
    replace:
      "permit = hasSlot(situation) ? { kind: 'post', from: 0, until: Infinity } : await waitForPermit(delivery, situation, ports);",
  },
  {
    name: 'rate: leave lasts for three seconds',
    file: LIMITER,
    find: 'const PERMIT_MS = 950;',
    replace: 'const PERMIT_MS = 3_000;',
  },
  {
    name: 'rate: standing in line again counts an attempt',
    file: POSTPONE,
    find: 'const copy = { ...message, ...next, attempt: delivery.attempt, slot };',
    replace: 'const copy = { ...message, ...next, attempt: delivery.attempt + 1, slot };',
  },
  {
    name: 'rate: newcomers overtake the line',
    file: SLOTS,
    find: 'if (unlessLine && line > nowMs) return { begin, count: 0 };',
    replace: '',
  },
  {
    name: 'rate: a newcomer by himself overtakes the line',
    file: SLOTS,
    find: 'if (unlessLine && line > nowMs)',
    replace: 'if (unlessLine && line > nowMs && count > 1)',
  },
  {
    name: 'rate: newcomers pass with those of their batch who have stood in line',
    file: LIMITER,
    find: 'await pass(fresh, true)',
    replace: 'await pass(fresh, due.length === 0)',
  },
  {
    name: 'rate: a raised limit waits for the line of the former',
    file: SLOTS,
    find: '(marks.lineLimit ?? perSecond) < perSecond ? 0 : marks.line',
    replace: '(marks.lineLimit ?? perSecond) < perSecond ? marks.line : marks.line',
  },
  {
    name: 'rate: a lowered limit ends the line of the former',
    file: SLOTS,
    find: '(marks.lineLimit ?? perSecond) < perSecond',
    replace: '(marks.lineLimit ?? perSecond) !== perSecond',
  },
  {
    name: 'rate: leave is used before it begins',
    file: PERMIT,
    find: 'if (waitMs > 0) await wait(waitMs);',
    replace: '',
  },
  {
    name: 'rate: leave that came too late is used',
    file: PERMIT,
    find: 'if (clock() <= answer.until) return answer;',
    replace: 'if (clock() <= answer.until || answer.until > 0) return { ...answer, until: Infinity };',
  },
  {
    name: 'rate: leave is not looked at again before the POST',
    file: DECIDE,
    find: "return nowMs > permit.until ? { do: 'askRateLimiter', delivery } : undefined;",
    replace: 'return undefined;',
  },
];
