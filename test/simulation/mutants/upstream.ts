import type { Mutant } from './mutant.ts';

const ACCEPT = 'core/events/accept.ts';
const ACCEPTED = 'core/events/accepted.ts';
const PUBLISH = 'core/events/publish.ts';
const FANOUT = 'core/fanout/fan-out.ts';
const BATCH = 'core/fanout/fan-out-batch.ts';
const CHOOSE = 'core/fanout/select-endpoints.ts';

/** In the ingest and fan-out Lambdas. */
export const UPSTREAM: readonly Mutant[] = [
  {
    name: 'ingest: what the bus did not take is forgotten',
    file: ACCEPT,
    find: 'if (failed.size === 0) return;',
    replace: 'if (failed.size >= 0) return;',
  },
  {
    name: 'ingest: 202 although the bus never took the event',
    file: ACCEPT,
    find: "  throw new Problem('unavailable', 'The event could not be queued",
    replace: "  if (left.length > 0) return;\n  throw new Problem('unavailable', 'The event could not be queued",
  },
  {
    name: 'ingest: a repeat heals nothing',
    file: ACCEPT,
    find: '  const again = await repeated(existing);',
    replace: '  const again = await repeated(existing);\n  if (again.repeat) return;',
  },
  {
    name: 'ingest: a repeat does not put the payload again',
    file: ACCEPT,
    find: '  await ports.payloads.put(payload.key, again.body);',
    replace: '',
  },
  {
    name: 'ingest: a repeat is announced without its mark',
    file: ACCEPT,
    find: '...(repeat && { repeat }) };',
    replace: '...(repeat && { repeat: false }) };',
  },
  {
    name: 'ingest: a body that SQS cannot carry rides along',
    file: ACCEPTED,
    find: 'return isSmall(body) && isCarriable(body) ?',
    replace: 'return isSmall(body) ?',
  },
  {
    name: 'ingest: the bus hears of the event before it is stored, and storing may fail',
    file: PUBLISH,
    find: '  await store(prepared, ports);',
    replace: '  await store(prepared, ports).catch(() => undefined);',
  },
  {
    name: 'ingest: a conflict is taken for a repeat',
    file: PUBLISH,
    find: 'if (existing === undefined || existing.requestHash === candidate.requestHash) return;',
    replace: 'if (existing === undefined || existing.requestHash.length > 0) return;',
  },
  {
    name: 'ingest: a repeat takes a new time, so the bytes differ',
    file: PUBLISH,
    find: 'existing?.timestamp ?? isoTime(given === undefined ? acceptedAt :',
    replace: 'isoTime(given === undefined ? ports.clock() :',
  },
  {
    name: 'ingest: the ranges of a list are one byte off',
    file: PUBLISH,
    find: 'offset += payload.length;',
    replace: 'offset += payload.length - 1;',
  },
  {
    name: 'ingest: the keys of two tenants are one',
    file: 'core/ids.ts',
    find: 'eventIdForKey(tenant: string, idempotencyKey: string): string {',
    replace: "eventIdForKey(_: string, idempotencyKey: string): string {\n  const tenant = '';",
  },
  {
    name: 'fan-out: the page is noted before its messages are sent',
    file: FANOUT,
    find: '    if (messages.length > 0) await ports.deliveries.send(messages);\n',
    replace:
      '    await ports.ledger.notePage(event.id, cursor?.page ?? 0, noteOf(chosen));\n    if (messages.length > 0) await ports.deliveries.send(messages);\n',
  },
  {
    name: 'fan-out: a send that failed is forgotten',
    file: FANOUT,
    find: 'await ports.deliveries.send(messages);',
    replace: 'await ports.deliveries.send(messages).catch(() => undefined);',
  },
  {
    name: 'fan-out: the next page is not sent',
    file: FANOUT,
    find: 'if (chosen.next === undefined) return;',
    replace: 'if (chosen.next === undefined || !chosen.cursor?.page) return;',
  },
  {
    name: 'fan-out: the event of a large tenant is not handed to the bulk queue',
    file: FANOUT,
    find: '  await ports.pages.send({ v: 1, tenant: task.tenant, events: [asFurther(task)], cursor });\n',
    replace: '',
  },
  {
    name: 'fan-out: the event of a large tenant is handed to the bulk queue unmarked',
    file: FANOUT,
    find: 'noted: 0, ...(wide && { wide }) };',
    replace: 'noted: 0 };',
  },
  {
    name: 'fan-out: a repeat does not send the next page',
    file: FANOUT,
    find: '      if (isRepeat(task)) await sendOnward(chosen, wide, ports);\n',
    replace: '',
  },
  {
    name: 'fan-out: what there is no time for is not handed on',
    file: BATCH,
    find: '  await handOn(left, done.length, ports);\n',
    replace: '',
  },
  {
    name: 'fan-out: the rest of a redelivered message is handed on as if for the first time',
    file: BATCH,
    find: 'events: chunk.map(asFurther)',
    replace: 'events: chunk.map(({ event }) => event)',
  },
  {
    name: 'fan-out: what was noted as done is sent again',
    file: FANOUT,
    find: "if (done !== undefined && done.from === fromOf(cursor)) return 'done before';",
    replace: '',
  },
  {
    name: 'fan-out: a redelivered message sends as if for the first time',
    file: FANOUT,
    find: '...(repeat && { repeat: true })',
    replace: '...(repeat && event.repeat && { repeat: true })',
  },
  {
    name: 'fan-out: a repeat goes to endpoints that are newer than the event',
    file: FANOUT,
    find: '!isRepeat(task) || entry.createdAt <= event.acceptedAt',
    replace: '!isRepeat(task) || entry.createdAt > 0',
  },
  {
    name: 'fan-out: an endpoint with two matching patterns is left out',
    file: 'core/fanout/find-page.ts',
    find: 'if (entry.pattern !== first && !moves(entry)) continue;',
    replace: 'if ((entry.pattern !== first || entry.patterns.length > 1) && !moves(entry)) continue;',
  },
  {
    name: 'fan-out: filters decide the other way round',
    file: CHOOSE,
    find: "case 'no_match':\n      return;",
    replace: "case 'no_match':\n      choice.matched.push(entry);\n      return;",
  },
  {
    name: 'fan-out: what a filter cannot decide does not match',
    file: CHOOSE,
    find: 'choice.undecided.push(entry);',
    replace: '',
  },
  {
    name: 'fan-out: what a filter cannot decide matches',
    file: CHOOSE,
    find: 'choice.undecided.push(entry);',
    replace: 'choice.matched.push(entry);',
  },
  {
    name: 'fan-out: a filter that fails at an event takes it for one that it cannot decide',
    file: CHOOSE,
    find: 'choice.errors.push({ endpointId: entry.endpointId, reason: judgement.reason });',
    replace: 'choice.undecided.push(entry);',
  },
  {
    name: 'fan-out: filters for which there is no time are forgotten',
    file: FANOUT,
    find: 'const isAll = choice.done === eligible.length;',
    replace: 'const isAll = true;',
  },
  {
    name: 'fan-out: a page that ends early goes on behind the next endpoint',
    file: FANOUT,
    find: 'cursorAfter(eligible[choice.done - 1], event, cursor, ports)',
    replace: 'cursorAfter(eligible[choice.done], event, cursor, ports)',
  },
  {
    name: 'fan-out: a page is noted before what no filter could decide is on record',
    file: FANOUT,
    find: '      await inParallel(undecidedOf(chosen, wide), RECORDS_AT_ONCE, (message) => recordUndecided(message, ports));\n',
    replace:
      '      inParallel(undecidedOf(chosen, wide), RECORDS_AT_ONCE, (message) => recordUndecided(message, ports)).catch(() => undefined);\n',
  },
  {
    name: 'fan-out: the former filter of an endpoint is not asked',
    file: CHOOSE,
    find: "if (judgement === undefined || judgement.verdict === 'match' || formerFilter === undefined) return judgement;",
    replace: 'if (judgement === undefined || judgement || formerFilter === undefined) return judgement;',
  },
  {
    name: 'janitor: a delivery without a letter is counted with those that have one',
    file: 'core/deliveries/work-lists.ts',
    find: "return deadLetter === null ? 'undecided' : 'dead';",
    replace: "return deadLetter === null ? 'dead' : 'dead';",
  },
];
