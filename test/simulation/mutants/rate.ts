import type { Mutant } from './mutant.ts';

const LIMITER = 'core/rate/limiter.ts';
const SLOTS = 'core/rate/slots.ts';
const PACE = 'core/deliveries/pace.ts';
const GATE = 'core/deliveries/gate.ts';
const ATTEMPT = 'core/deliveries/attempt.ts';

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
    file: GATE,
    find: "if (leave.kind !== 'post') return standInLine(work, leave, ports);",
    replace:
      "if (leave.kind === 'no_room') return standInLine(work, leave, ports);\n  if (leave.kind === 'come_back') return standInLine(work, { ...leave, at: ports.clock() }, ports);",
  },
  {
    name: 'rate: the wait for an appointment is in ms',
    file: GATE,
    find: 'Math.ceil((slot - ports.clock()) / 1000)',
    replace: 'Math.ceil((slot - ports.clock()) / 1_000_000)',
  },
  {
    name: 'rate: a retry goes by its former appointment',
    file: 'core/deliveries/hand-on.ts',
    find: 'slot: __, copy: ___, ...message',
    replace: 'copy: ___, ...message',
  },
  {
    name: 'rate: appointments of the past are spent at once',
    file: PACE,
    find: 'if (rateLimitPerSecond === null) return',
    replace: 'if (rateLimitPerSecond === null || hasSlot(work)) return',
  },
  {
    name: 'rate: leave lasts for three seconds',
    file: LIMITER,
    find: 'const PERMIT_MS = 950;',
    replace: 'const PERMIT_MS = 3_000;',
  },
  {
    name: 'rate: standing in line again counts an attempt',
    file: GATE,
    find: 'const message = { ...work.received.message, ...next, attempt: work.attempt, slot };',
    replace: 'const message = { ...work.received.message, ...next, attempt: work.attempt + 1, slot };',
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
    file: PACE,
    find: 'if (waitMs > 0) await ports.wait(waitMs);',
    replace: '',
  },
  {
    name: 'rate: leave that came too late is used',
    file: PACE,
    find: 'if (ports.clock() <= answer.until) return answer;',
    replace: 'if (ports.clock() <= answer.until || answer.until > 0) return { ...answer, until: Infinity };',
  },
  {
    name: 'rate: leave is not looked at again before the POST',
    file: ATTEMPT,
    find: 'if (ports.clock() > postUntil) {',
    replace: 'if (ports.clock() > postUntil + 1e12) {',
  },
];
