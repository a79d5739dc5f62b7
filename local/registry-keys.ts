import { randomBytes } from 'node:crypto';
import type { AdminKeys } from './admin-key.ts';
import type { Outputs } from './outputs.ts';

/** Admin keys in the registry table. */
export function registryKeys(_outputs: Outputs): AdminKeys {
  return {
    create: async () => `pr_${randomBytes(32).toString('base64url')}`,
    adopt: async () => {},
  };
}
