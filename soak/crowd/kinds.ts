import { randomOf } from '../random.ts';

/** How an endpoint of the crowd answers: with a status, never, or by breaking the connection. */
export type Answer =
  | { readonly status: number; readonly afterMs?: number; readonly retryAfterSeconds?: number }
  | 'hang'
  | 'reset';

/** The inputs that decide an answer. */
export interface Moment {
  readonly seed: number;
  /** Number of the event. */
  readonly n: number;
  /** How often this endpoint has received this event, this time included. */
  readonly copy: number;
  readonly sinceStartMs: number;
  /** Elapsed share of the run, from 0 to 1. */
  readonly progress: number;
  /** Whether the faults have ended. */
  readonly healed: boolean;
}

export const KIND_NAMES = [
  'everything',
  'healthy',
  'slow',
  'flapping',
  'picky',
  'stubborn',
  'hanging',
  'failing',
  'throttling',
  'gone',
  'dead port',
  'down',
  'paused',
  'deleted',
] as const;
export type KindName = (typeof KIND_NAMES)[number];

/** A kind of endpoint. */
export interface Kind {
  readonly name: KindName;
  /** Description for the report. */
  readonly what: string;
  /** Whether it stays bad when the faults end. */
  readonly staysBad: boolean;
  readonly attemptsMax: number;
  readonly timeoutSeconds: number;
  readonly answer: (moment: Moment) => Answer;
}

const ok: Answer = { status: 200 };
const FLAP_MS = 7_000;
/** The share of events that a picky or stubborn endpoint refuses. */
const REFUSED = 0.25;
const GONE_AT = 0.25;

const refuses = ({ seed, n }: Moment) => randomOf(seed, `refused ${n}`).unit() < REFUSED;
const untilHealed = (answer: Answer) => (moment: Moment) => (moment.healed ? ok : answer);
const usual = { staysBad: false, attemptsMax: 4, timeoutSeconds: 5, answer: () => ok };

/** Every kind, in the order in which a crowd is filled. */
export const KINDS: readonly Kind[] = [
  { ...usual, name: 'everything', what: 'subscribes to every type, answers 200' },
  { ...usual, name: 'healthy', what: 'answers 200' },
  { ...usual, name: 'slow', what: 'answers 200 after 0.2 to 2.6 s', answer: slow },
  { ...usual, name: 'flapping', what: 'good for 7 s, 503 or a broken connection for 7 s', answer: flap },
  {
    ...usual,
    name: 'picky',
    what: 'answers 500 to a quarter of the events until the end',
    answer: pick,
    attemptsMax: 3,
  },
  {
    ...usual,
    name: 'stubborn',
    what: 'always answers 400 to a quarter of the events',
    staysBad: true,
    attemptsMax: 2,
    answer: (moment) => (refuses(moment) ? { status: 400 } : ok),
  },
  {
    ...usual,
    name: 'hanging',
    what: 'never answers until the end',
    attemptsMax: 3,
    timeoutSeconds: 2,
    answer: untilHealed('hang'),
  },
  { ...usual, name: 'failing', what: 'answers 500 until the end', answer: untilHealed({ status: 500 }) },
  {
    ...usual,
    name: 'throttling',
    what: 'answers 429, Retry-After: 2, until the end',
    attemptsMax: 3,
    answer: untilHealed({ status: 429, retryAfterSeconds: 2 }),
  },
  {
    ...usual,
    name: 'gone',
    what: 'answers 200, then 410 after a quarter of the run',
    staysBad: true,
    answer: ({ progress }) => (progress < GONE_AT ? ok : { status: 410 }),
  },
  { ...usual, name: 'dead port', what: 'nothing ever listens', staysBad: true, attemptsMax: 2 },
  { ...usual, name: 'down', what: 'nothing listens until the end', attemptsMax: 3 },
  { ...usual, name: 'paused', what: 'answers 200; paused and resumed by its owner' },
  {
    ...usual,
    name: 'deleted',
    what: 'answers 500 to every other first attempt; deleted half-way',
    answer: ({ n, copy }) => (n % 2 === 0 && copy === 1 ? { status: 500 } : ok),
  },
];

/** Kinds that may occur more than once. */
const REPEATED: readonly KindName[] = ['healthy', 'flapping', 'picky', 'slow', 'failing', 'stubborn'];

/** The kinds of a crowd of this size: one of each, then more of those whose members differ. */
export function kindsOf(size: number): Kind[] {
  const more = REPEATED.flatMap((name) => KINDS.filter((kind) => kind.name === name));
  return Array.from({ length: size }, (_, index) => KINDS[index] ?? more[(index - KINDS.length) % more.length]).filter(
    (kind) => kind !== undefined,
  );
}

function slow({ seed, n, copy }: Moment): Answer {
  return { status: 200, afterMs: randomOf(seed, `slow ${n} ${copy}`).between(200, 2_600) };
}

function flap(moment: Moment): Answer {
  const { healed, sinceStartMs, seed, n, copy } = moment;
  if (healed || Math.floor(sinceStartMs / FLAP_MS) % 2 === 0) return ok;
  return randomOf(seed, `flap ${n} ${copy}`).unit() < 0.3 ? 'reset' : { status: 503 };
}

function pick(moment: Moment): Answer {
  return !moment.healed && refuses(moment) ? { status: 500 } : ok;
}
