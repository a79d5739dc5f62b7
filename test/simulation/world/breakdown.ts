import type { Chance } from '../engine/chance.ts';
import type { Call, FunctionName } from '../engine/container.ts';
import type { Profile } from '../profile.ts';

/** Which calls fail: all, reads of bodies, decrypting the key of the secrets, or writes of records. */
const KINDS = ['', 'payloads.get', 'kms.decrypt', 'ledger.put'];

/** The deliver function is broken for hours: by a faulty version, a missing permission, or an outage of what it calls. */
export class Breakdown {
  readonly #fromMs: number;
  readonly #untilMs: number;
  readonly #calls: string;

  /** @param startMs when the world begins. */
  constructor({ breakdownMs, troubleMs }: Profile, startMs: number, chance: Chance) {
    const ms = breakdownMs.length === 0 ? 0 : chance.pick(breakdownMs);
    this.#fromMs = ms === 0 ? startMs : startMs + (chance.unit() * troubleMs) / 4;
    this.#untilMs = this.#fromMs + ms;
    this.#calls = ms === 0 ? '' : chance.pick(KINDS);
  }

  /** Whether it makes this call fail. */
  hits({ name }: Call, fn: FunctionName, nowMs: number): boolean {
    return fn === 'deliver' && nowMs >= this.#fromMs && nowMs < this.#untilMs && name.startsWith(this.#calls);
  }
}
