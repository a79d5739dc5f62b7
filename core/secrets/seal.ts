import { createCipheriv, createDecipheriv } from 'node:crypto';
import * as z from 'zod';
import type { Random } from '../random.ts';

/** A data key: random bytes that encrypt secrets, themselves encrypted under the stack's KMS key. */
export interface DataKey {
  id: string;
  /** The plain key: in memory only. */
  plain: Uint8Array;
  /** The key as encrypted by KMS, base64: stored beside what it sealed. */
  wrapped: string;
}

/** A secret as stored. It opens only with its data key, and only for what it was bound to. */
export const sealedSecret = z.object({
  keyId: z.string(),
  wrappedKey: z.string(),
  nonce: z.string(),
  box: z.string(),
});
export type SealedSecret = z.output<typeof sealedSecret>;

/** What a secret is bound to: its purpose and its place. Moved elsewhere, it does not open. */
export type SecretBinding = { tenant: string; endpointId: string } & (
  | { purpose: 'signing'; version: number }
  /** The values of all headers of an endpoint, bound to their names, and to the endpoint's version that set each. */
  | { purpose: 'headers'; names: readonly { name: string; since: number }[] }
);

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

/**
 * The text of a binding, different for different ones. That of a signing secret does not name its purpose, because the
 * first version wrote it so; no other purpose may have three members that begin with a tenant.
 */
function associatedData({ tenant, endpointId, ...what }: SecretBinding): Buffer {
  const parts =
    what.purpose === 'signing'
      ? [tenant, endpointId, what.version]
      : [what.purpose, tenant, endpointId, what.names.map(({ name, since }) => [name, since])];
  return Buffer.from(JSON.stringify(parts));
}

/** Seals a secret under a data key (AES-256-GCM; the binding is the associated data). */
export function seal(secret: string, binding: SecretBinding, dataKey: DataKey, random: Random): SealedSecret {
  const nonce = random.bytes(12);
  const cipher = createCipheriv(ALGORITHM, dataKey.plain, nonce, OPTIONS);
  cipher.setAAD(associatedData(binding));
  const box = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return { keyId: dataKey.id, wrappedKey: dataKey.wrapped, nonce: base64(nonce), box: base64(box) };
}

/**
 * Opens a sealed secret.
 * @throws Error when it was sealed for another binding or changed since; the message names neither key nor secret.
 */
export function unseal(sealed: SealedSecret, binding: SecretBinding, plainKey: Uint8Array): string {
  const box = Buffer.from(sealed.box, 'base64');
  const decipher = createDecipheriv(ALGORITHM, plainKey, Buffer.from(sealed.nonce, 'base64'), OPTIONS);
  decipher.setAAD(associatedData(binding));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(box.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
}
