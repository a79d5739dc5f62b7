import { parseArgs } from 'node:util';
import { KINDS } from './crowd/kinds.ts';

/** The command line's options. */
export interface SoakOptions {
  /** How long to publish and kill; settling comes on top. */
  readonly minutes: number;
  /** Events a second. */
  readonly rate: number;
  /** How often the product is killed with SIGKILL. */
  readonly kills: number;
  readonly endpoints: number;
  readonly seed: number;
  /** Keeps the data folder and the product's log. */
  readonly keep: boolean;
  /** Prints the result as JSON instead of tables. */
  readonly json: boolean;
}

export const USAGE = `npm run soak -- [flags]

  --minutes 2      how long to publish and kill; settling and accounting come on top
  --rate 30        events a second
  --kills 22       how often the product is killed with SIGKILL (default: 11 a minute)
  --endpoints 16   how many endpoints; at least ${KINDS.length}, one of each kind
  --seed 1         decides the events, the crowd's behaviour and the times of the kills (default: random)
  --keep           keep the data folder and the product's log
  --json           print the result as JSON`;

/** Thrown for an invalid flag; the message says what is valid. */
export class BadOption extends Error {
  override readonly name = 'BadOption';
}

const KILLS_PER_MINUTE = 11;
/** A restart takes one to three seconds, and the product must be up to be tested. */
const KILLS_PER_MINUTE_MAX = 20;

/**
 * Reads the command line.
 * @param freshSeed the seed if none is given.
 * @throws BadOption
 */
export function readOptions(args: readonly string[], freshSeed: number): SoakOptions {
  const values = parse(args);
  const minutes = number('minutes', values.minutes, { min: 0.1, max: 24 * 60 });
  const kills = values.kills ?? String(Math.ceil(KILLS_PER_MINUTE * minutes));
  return {
    minutes,
    rate: number('rate', values.rate, { min: 1, max: 500 }),
    kills: number('kills', kills, { min: 0, max: Math.ceil(KILLS_PER_MINUTE_MAX * minutes), whole: true }),
    endpoints: number('endpoints', values.endpoints, { min: KINDS.length, max: 200, whole: true }),
    seed: number('seed', values.seed ?? String(freshSeed), { min: 0, max: 2 ** 31, whole: true }),
    keep: values.keep,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      options: {
        minutes: { type: 'string', default: '2' },
        rate: { type: 'string', default: '30' },
        kills: { type: 'string' },
        endpoints: { type: 'string', default: '16' },
        seed: { type: 'string' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    throw new BadOption(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function number(name: string, text: string, { min, max, whole }: { min: number; max: number; whole?: boolean }) {
  const value = Number(text);
  const fits = text.trim() !== '' && value >= min && value <= max && (whole !== true || Number.isInteger(value));
  if (fits) return value;
  throw new BadOption(`--${name} ${text}: use a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
}
