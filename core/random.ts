/** The source of all randomness. Passed in, so that a seed reproduces a run. */
export interface Random {
  /** `count` random bytes, suitable for ids and keys. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1). For jitter and sharding, never for secrets. */
  unit(): number;
}
