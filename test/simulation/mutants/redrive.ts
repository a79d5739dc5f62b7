import type { Mutant } from './mutant.ts';

const SWEEP = 'core/waiting-room/sweep.ts';
const LISTS = 'core/deliveries/work-lists.ts';
const RELEASE = 'core/waiting-room/release.ts';
const DRAIN = 'core/fanout/drain.ts';
const JANITOR = 'core/dead-letters/reconcile.ts';
const DEATHS = 'core/deliveries/deaths.ts';
const OUTBOX = 'core/operational-events/outbox.ts';
const DEATH_NEWS = 'core/operational-events/deaths.ts';

/** In the redrive Lambda and the management API. */
export const REDRIVE: readonly Mutant[] = [
  {
    name: 'sweep: cleared before it is sent',
    file: SWEEP,
    find: '  await ports.queue.send(dispatches.map(({ record, ...how }) => ({ message: messageOf(record), ...how })));\n',
    replace:
      '  const unsent = dispatches.map(({ record, ...how }) => ({ message: messageOf(record), ...how }));\n  setImmediate(() => void ports.queue.send(unsent).catch(() => undefined));\n',
  },
  {
    name: 'sweep: sent and not cleared',
    file: SWEEP,
    find: 'if (current?.status !== record.status || !same) return undefined;',
    replace: 'if (current?.status === record.status || !same) return undefined;',
  },
  {
    name: 'sweep: clears whatever stands there by now',
    file: SWEEP,
    find: 'if (current?.status !== record.status || !same) return undefined;',
    replace: 'if (current === undefined) return undefined;',
  },
  {
    name: 'sweep: sends without the remaining delay',
    file: SWEEP,
    find: 'return Math.max(0, Math.ceil((dueMs - nowMs) / 1000));',
    replace: 'return Math.max(0, Math.ceil((dueMs - nowMs) / 1000)) * 0;',
  },
  {
    name: 'sweep: one shard is never looked at',
    file: SWEEP,
    find: 'const counts = await Promise.all(shards.map(',
    replace: 'const counts = await Promise.all(shards.filter(({ part }) => part > 0).map(',
  },
  {
    name: 'sweep: what waits for the line of a rate limit is left',
    file: LISTS,
    find: "(waitingFor === 'backoff' || waitingFor === 'rate_limit')",
    replace: "(waitingFor === 'backoff' || slot !== null)",
  },
  {
    name: 'sweep: a delivery whose next message is lost is left',
    file: LISTS,
    find: '  if (hasMessage) {\n',
    replace: "  if (hasMessage && status === 'retrying') return undefined;\n  if (hasMessage) {\n",
  },
  {
    name: 'sweep: a delivery whose delayed copy is lost is left',
    file: LISTS,
    find: '  if (hasMessage) {\n',
    replace: '  if (hasMessage && slot !== null) return undefined;\n  if (hasMessage) {\n',
  },
  {
    name: 'sweep: a delivery with a slot is sent although its message is on its way',
    file: LISTS,
    find: "status === 'retrying' || (status === 'waiting' && slot !== null);",
    replace: "status === 'retrying';",
  },
  {
    name: 'sweep: a message counts as lost as soon as it is due',
    file: LISTS,
    find: 'return acceptedAt + Math.ceil((age + overdue) / OVERDUE_STEP_MS) * OVERDUE_STEP_MS;',
    replace: 'return expectedAt;',
  },
  {
    name: 'release: one shard is never looked at',
    file: RELEASE,
    find: 'const begin = { listed, health, shard: 0,',
    replace: 'const begin = { listed, health, shard: 1,',
  },
  {
    name: 'release: nothing is released while people have paused and resumed',
    file: RELEASE,
    find: "endpoint?.state !== 'paused' && !isOpenCircuit(listed)",
    replace: "endpoint?.state === 'disabled' && !isOpenCircuit(listed)",
  },
  {
    name: 'release: no probe is sent for what is held',
    file: RELEASE,
    find: 'isOpenCircuit(one) && isProbeDue(one.health, work.clock())',
    replace: 'isOpenCircuit(one) && isProbeDue(one.health, 0)',
  },
  {
    name: 'drain: removed although it was not sent back',
    file: DRAIN,
    find: 'await queue.send(back.map(({ message }) => ({ message, delaySeconds: delayOf(message) })));',
    replace:
      'await queue.send(back.map(({ message }) => ({ message, delaySeconds: delayOf(message) }))).catch(() => undefined);',
  },
  {
    name: 'drain: sent back as if for the first time',
    file: DRAIN,
    find: '({ ...event, repeat: true })',
    replace: '({ ...event })',
  },
  {
    name: 'drain: the letters of the rule are not understood',
    file: DRAIN,
    find: 'wholeEvent.safeParse(value).data?.detail',
    replace: 'undefined',
  },
  {
    name: 'drain: an unreadable letter is removed before it is stored',
    file: DRAIN,
    find: '      await setAside(letter, found, work);\n      gone.push(letter);\n',
    replace: '      gone.push(letter);\n      await setAside(letter, found, work);\n',
  },
  {
    name: 'letters: the janitor deletes an only copy',
    file: JANITOR,
    find: "return { record, isStale: kind === 'stale' };",
    replace: "return { record, isStale: kind !== 'dead_letter' || record?.lastError === 'our_fault' };",
  },
  {
    name: 'letters: a stale letter is kept for ever',
    file: JANITOR,
    find: "return { record, isStale: kind === 'stale' };",
    replace: 'return { record, isStale: false };',
  },
  {
    name: 'deaths: one is not counted',
    file: DEATHS,
    find: '...(present ? [{ ...present, by: 1 as const }] : [])',
    replace: '',
  },
  {
    name: 'deaths: a replay does not lower their count',
    file: DEATHS,
    find: '...(former ? [{ ...former, by: -1 as const }] : []), ',
    replace: '',
  },
  {
    name: 'deaths: they are never recounted',
    file: 'core/dead-letters/recount.ts',
    find: 'return recounting !== null || recountedAt === null || nowMs - recountedAt >= EVERY_MS;',
    replace: 'return nowMs < 0;',
  },
  {
    name: 'deaths: the recount stops at its first day',
    file: 'core/dead-letters/recount.ts',
    find: 'day < untilMs && hasTime(); day += DAY_MS)',
    replace: 'day < untilMs && hasTime(); day += 99 * DAY_MS)',
  },
  {
    name: 'announce: news is forgotten although it was not told',
    file: OUTBOX,
    find: '  if (!isPublished) return false;\n',
    replace: '',
  },
  {
    name: 'announce: the id of a group of deaths changes with what is found of it',
    file: DEATH_NEWS,
    find: "idOf(tenant, 'deaths', endpointId, minuteOf(first.at), part)",
    replace: "idOf(tenant, 'deaths', endpointId, first.delivery.eventId, deaths.length)",
  },
  {
    name: 'announce: a death that is found after its group is in no event',
    file: DEATH_NEWS,
    find: 'left = left.filter((death) => !covered.has(nameOfDeath(death)));',
    replace: 'left = [];',
  },
  {
    name: 'announce: a death that is found after its group counts as published',
    file: DEATH_NEWS,
    find: 'const ours = left.filter((death) => covered.has(nameOfDeath(death)));',
    replace: 'const ours = left.splice(0);',
  },
  {
    name: 'announce: news of the delivery of news',
    file: 'core/deliveries/advance.ts',
    find: 'if (kind === undefined || isOperational(message.eventType)) return before;',
    replace: 'if (kind === undefined) return before;',
  },
  {
    name: 'announce: a recovery is told of every success',
    file: 'core/deliveries/advance.ts',
    find: "status === 'delivered' && recovering ? 'recovered'",
    replace: "status === 'delivered' ? 'recovered'",
  },
  {
    name: 'jobs: one whose message was lost is never woken',
    file: 'core/jobs/run.ts',
    find: 'now - idleSince(job) > IDLE_MS',
    replace: 'now - idleSince(job) < 0',
  },
  {
    name: 'jobs: a cancelled job goes on as if it were not',
    file: 'core/jobs/run.ts',
    find: "    if (current.status !== 'running' || current.turn !== message.turn) return undefined;",
    replace:
      "    if (current.turn !== message.turn) return undefined;\n    if (current.status !== 'running') return { ...current, status: 'running', lease, turn: current.turn + 1 };",
  },
  {
    name: 'jobs: what is revived does not wait for its message',
    file: 'core/jobs/resend-ended.ts',
    find: "status: 'waiting', waitingFor: 'backoff', nextAttemptAt: nowMs, forced: true",
    replace: "status: 'retrying', nextAttemptAt: nowMs, forced: true",
  },
  {
    name: 'api: a replay is recorded before it is sent',
    file: 'core/deliveries/replay.ts',
    find: '  await ports.queue.send([{ message: messageOf(begun(record)), delaySeconds: 0 }]);\n',
    replace:
      '  await updateRecord(ports.ledger, record, record, (current) => (current && current.next.cycle === record.next.cycle ? begun(current) : undefined));\n  await ports.queue.send([{ message: messageOf(begun(record)), delaySeconds: 0 }]);\n',
  },
  {
    name: 'api: a replay keeps its cycle',
    file: 'core/deliveries/replay.ts',
    find: 'const next = { cycle: record.next.cycle + 1, step: 1 };',
    replace: 'const next = { cycle: record.next.cycle, step: 1 };',
  },
  {
    name: 'api: a new subscription is stored before it can be found',
    file: 'core/endpoints/change.ts',
    find: '      if (entries) await putBetween(before, after, ports);\n',
    replace: '',
  },
  {
    name: 'api: old index entries go before the endpoint changes',
    file: 'core/endpoints/change.ts',
    find: '          return ports.endpoints.put(after, before.version, entry);\n',
    replace:
      '          if (entries) await removeOthers(after, new Set([...before.eventTypes, ...tried]), ports);\n          return ports.endpoints.put(after, before.version, entry);\n',
  },
  {
    name: 'api: what is sent now is recorded before it is sent',
    file: 'core/deliveries/send-now.ts',
    find: '  await ports.queue.send([{ message: { ...messageOf(record), requested: true }, delaySeconds: 0 }]);\n',
    replace:
      '  const unsent = [{ message: { ...messageOf(record), requested: true }, delaySeconds: 0 }];\n  setImmediate(() => void ports.queue.send(unsent).catch(() => undefined));\n',
  },
  {
    name: 'api: a rotation without overlap leaves the secrets of earlier ones',
    file: 'core/endpoints/secrets.ts',
    find: '  if (overlapSeconds === 0) return [];\n',
    replace: '',
  },
  {
    name: 'api: a rotation too many drops the oldest secret',
    file: 'core/endpoints/secrets.ts',
    find: '  if (active.length >= PREVIOUS_SECRETS_MAX) {',
    replace: '  active.splice(PREVIOUS_SECRETS_MAX - 1);\n  if (active.length >= PREVIOUS_SECRETS_MAX) {',
  },
];
