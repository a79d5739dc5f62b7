/** The source of everything that is drawn by chance. Passed in, so that a seed reproduces a run. */
export interface Random {
  /** `count` random bytes, fit for ids and keys. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1). For jitter and sharding, never for secrets. */
  unit(): number;
}
