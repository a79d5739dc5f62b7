/** The source of all randomness. Passed in, so that a seed reproduces a run. */
export interface Random {
  /** `count` random bytes, suitable for ids and keys. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1). For jitter and sharding, never for secrets. */
  unit(): number;
}

/** 48 bits: enough for the few tokens that are ever compared with each other, too few for a secret. */
const TOKEN_BYTES = 6;

/** A random text that tells one write, message or lease from another. Not for secrets. */
export function randomToken(random: Random): string {
  return Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url');
}
