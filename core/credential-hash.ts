import { createHash } from 'node:crypto';

/**
 * The hash by which a key, code or token is known: one-way, so that a read of the table reveals none. Each has 256
 * random bits.
 */
export function credentialHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
