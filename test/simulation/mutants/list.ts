import { AUDIT } from './audit.ts';
import { DELIVER } from './deliver.ts';
import { HEALTH } from './health.ts';
import type { Mutant } from './mutant.ts';
import { OWN_FAULTS } from './own-faults.ts';
import { RATE } from './rate.ts';
import { REDRIVE } from './redrive.ts';
import { SESSIONS } from './sessions.ts';
import { UNFINISHED_EVENTS } from './unfinished.ts';
import { UPSTREAM } from './upstream.ts';
import { WIDE } from './wide.ts';

/** Bugs in every Lambda. Each must be caught within 2,000 seeds; otherwise a check is missing. */
export const MUTANTS: readonly Mutant[] = [
  ...UPSTREAM,
  ...DELIVER,
  ...HEALTH,
  ...RATE,
  ...REDRIVE,
  ...OWN_FAULTS,
  ...AUDIT,
  ...SESSIONS,
  ...UNFINISHED_EVENTS,
  ...WIDE,
];
