/** The limits of AWS that a seed's world may have. */
export const LIMITS = [
  'polls',
  'partitions',
  'concurrency',
  'sockets',
  'cpu',
  'fanoutMemory',
  'deliverMemory',
] as const;
export type Limit = (typeof LIMITS)[number];

/**
 * Whether the product keeps its promises under a limit. Where it does not, no world has that limit: set it to true with the
 * change that mends the product.
 */
const HOLDS: Readonly<Record<Limit, boolean>> = {
  polls: true,
  partitions: true,
  concurrency: true,
  sockets: true,
  cpu: true,
  fanoutMemory: true,
  deliverMemory: true,
};

/** What happens at a limit. The report counts each, so that a limit that never has an effect is seen. */
export const REACHED = [
  'empty poll',
  'incomplete poll',
  'throttled partition',
  'throttled invocation',
  'no socket',
  'busy CPU',
  'out of memory',
  'expired message',
] as const;
export type Reached = (typeof REACHED)[number];

/** How often a seed's world has each limit. */
export type LimitChances = Readonly<Record<Limit, number>>;

export const NO_LIMITS: LimitChances = {
  polls: 0,
  partitions: 0,
  concurrency: 0,
  sockets: 0,
  cpu: 0,
  fanoutMemory: 0,
  deliverMemory: 0,
};
export const SOME_LIMITS: LimitChances = {
  polls: 0.5,
  partitions: 0.4,
  concurrency: 0.25,
  sockets: 0.3,
  cpu: 0.3,
  fanoutMemory: 0.3,
  deliverMemory: 0.3,
};

export const EVERY_LIMIT: LimitChances = { ...SOME_LIMITS, sockets: 1, cpu: 1, fanoutMemory: 1, deliverMemory: 1 };

/** The limits of one world. */
export function drawLimits(chances: LimitChances, happens: (chance: number) => boolean): ReadonlySet<Limit> {
  return new Set(LIMITS.filter((limit) => HOLDS[limit] && happens(chances[limit])));
}
