import type { Mutant } from './mutant.ts';

const LETTER = 'core/dead-letters/dead-letter.ts';
const JANITOR = 'core/dead-letters/reconcile.ts';

/** In how deliveries go on that failed on our side. */
export const OWN_FAULTS: readonly Mutant[] = [
  {
    name: 'own faults: a round is not counted',
    file: LETTER,
    find: 'nextAttemptAt, rounds: rounds + 1 });',
    replace: 'nextAttemptAt, rounds });',
  },
  {
    name: 'own faults: sent again for ever',
    file: LETTER,
    find: 'rounds >= ROUNDS_MAX || ',
    replace: '',
  },
  {
    name: 'own faults: never sent again',
    file: LETTER,
    find: 'rounds >= ROUNDS_MAX || ',
    replace: 'rounds >= 0 || ',
  },
  {
    name: 'own faults: sent again although its event is about to expire',
    file: LETTER,
    find: ' || nextAttemptAt > message.expiresAt - EXPIRY_MARGIN_MS',
    replace: '',
  },
  {
    name: 'own faults: sent again although its result is recorded',
    file: LETTER,
    find: "    case 'stale':\n    case 'dead_letter':\n      return undefined;\n",
    replace:
      "    case 'stale':\n      return record?.status === 'retrying'\n        ? { ...record, status: 'waiting', waitingFor: 'backoff', lastError: 'our_fault', next: nextStep(record.next), nextAttemptAt: nowMs + doublingWaitMs(0), updatedAt: nowMs }\n        : undefined;\n    case 'dead_letter':\n      return undefined;\n",
  },
  {
    name: 'own faults: deleted before it is sent again',
    file: JANITOR,
    find: '    const byDelivery = Map.groupBy(',
    replace:
      "    const live = ({ received }: Readable) => classify(received, records.get(keyText(received.message))).kind === 'live';\n    await ports.deadLetters.remove(readable.filter(live).map(({ deadLetter }) => deadLetter));\n    const byDelivery = Map.groupBy(",
  },
  {
    name: 'own faults: a success that a letter carries is forgotten',
    file: LETTER,
    find: '  if (result?.errorCode === null) return',
    replace: '  if (result?.errorCode === null && nowMs < 0) return',
  },
];
