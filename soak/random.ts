/** Random numbers from a seed: the same seed gives the same sequence. */
export interface Random {
  /** In [0, 1). */
  unit(): number;
  /** A whole number from `from` up to and including `to`. */
  between(from: number, to: number): number;
}

/** A separate sequence for each purpose, so that the draws of one never shift another's. */
export function randomOf(seed: number, purpose: string): Random {
  let state = mix(seed, purpose);
  const unit = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return { unit, between: (from, to) => from + Math.floor(unit() * (to - from + 1)) };
}

/** FNV-1a over the purpose, starting with the seed. */
function mix(seed: number, purpose: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < purpose.length; at += 1) hash = Math.imul(hash ^ purpose.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
