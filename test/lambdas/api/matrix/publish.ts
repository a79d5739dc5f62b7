import type { NewKey } from '../../../../core/keys/key.ts';
import type { Operation } from '../../../../lambdas/api/operation.ts';
import { IngestWorld } from '../../ingest/ingest-world.ts';
import { rowOf } from './acme.ts';
import type { Caller } from './callers.ts';

/** Ingest's response to a caller, and how much it put on the bus. */
export async function publishBy(one: Operation, caller: Caller) {
  const world = new IngestWorld();
  await world.start();
  const key = keyFor(world, caller);
  const { status, type } = await world.publish({ path: one.path, key, body: JSON.stringify(rowOf(one).body) });
  return { status, type, accepted: world.accepted.length };
}

function keyFor(world: IngestWorld, caller: Caller): string | null {
  const key = (changes: Partial<NewKey> = {}) => world.key({ role: 'admin', tenant: 'acme', ...changes });
  switch (caller) {
    case 'no key':
      return null;
    case 'wrong key':
      return 'pr_wrong';
    case 'expired key':
      return key({ expiresAt: Date.now() - 1 });
    case 'revoked key': {
      const revoked = key();
      world.revoke(revoked);
      return revoked;
    }
    case 'viewer':
    case 'producer':
      return key({ role: caller });
    case 'admin':
      return key();
    case 'admin of another tenant':
      return key({ tenant: 'globex' });
    case 'admin of all tenants':
      return key({ tenant: null });
    case 'admin of all tenants, at the console':
      return world.session({ role: 'admin', tenant: null, capabilities: [] });
    case 'ended portal session':
      return world.session({ tenant: 'acme', expiresAt: Date.now() - 1 });
    case 'portal of another tenant':
      return world.session({ tenant: 'globex' });
    default:
      return world.session({ tenant: 'acme' });
  }
}
