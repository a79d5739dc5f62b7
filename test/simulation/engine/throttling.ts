import type { Chance } from './chance.ts';

/** AWS's services that may throttle. */
export const SERVICES = ['Lambda', 'DynamoDB', 'KMS', 'S3'] as const;
export type Service = (typeof SERVICES)[number];
/** Each is counted by its service. */
export type Throttled = `throttled by ${Service}`;

const LASTS_MS = 30 * 60_000;
/** Most calls fail. */
const SHARE = 0.9;

/** One service throttles most calls for half an hour. */
export class Throttling {
  readonly service: Service;
  readonly #fromMs: number;
  readonly #chance: Chance;

  /** @param withinMs it begins in this time after `startMs`, in ms. */
  constructor(startMs: number, withinMs: number, chance: Chance) {
    this.service = chance.pick(SERVICES);
    this.#fromMs = startMs + chance.unit() * Math.max(0, withinMs - LASTS_MS);
    this.#chance = chance;
  }

  /** Whether a call of a service is throttled: then it has no effect. */
  throttles(service: string | undefined, nowMs: number): boolean {
    const isThrottled = service === this.service && nowMs >= this.#fromMs && nowMs < this.#fromMs + LASTS_MS;
    return isThrottled && this.#chance.happens(SHARE);
  }
}
