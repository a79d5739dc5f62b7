import type { Role } from '../../../../core/keys/key.ts';
import { CAPABILITY_OF } from '../../../../lambdas/api/capabilities.ts';
import type { Operation } from '../../../../lambdas/api/operation.ts';
import { rowOf } from './acme.ts';
import { type Caller, portalWith } from './callers.ts';

/** A status, or `unknown` for exactly the response to an unknown id. */
export type Expected = number | 'unknown';

const NOT_LET_IN: readonly Caller[] = ['no key', 'wrong key', 'expired key', 'revoked key', 'ended portal session'];
const REACHES: Readonly<Record<'viewer' | 'producer', Role>> = { viewer: 'viewer', producer: 'producer' };

/** The expected response to a caller's request about acme's resource. */
export function expected(one: Operation, caller: Caller): Expected {
  const { role, success, signed } = one;
  // Behind the gateway, which refuses it earlier: a key is not a signature.
  if (signed) return 401;
  if (role === null) return success.status;
  if (NOT_LET_IN.includes(caller)) return 401;
  if (caller.startsWith('portal')) return ofPortal(one, caller);
  if (role === 'any') return success.status;
  if (caller === 'viewer' || caller === 'producer') return REACHES[caller] === role ? success.status : 403;
  if (caller === 'admin') return rowOf(one).bound === 'forbidden' ? 403 : success.status;
  if (caller === 'admin of all tenants, at the console' && rowOf(one).keyAlone) return 403;
  return caller === 'admin of another tenant' ? ofAnother(one) : success.status;
}

function ofPortal(one: Operation, caller: Caller): Expected {
  const needed = CAPABILITY_OF[one.name];
  if (needed === 'any') return one.success.status;
  if (needed === undefined || rowOf(one).portal === 'forbidden') return 403;
  if (caller === 'portal of another tenant') return ofAnother(one);
  return caller === portalWith(needed) ? one.success.status : 403;
}

function ofAnother(one: Operation): Expected {
  const { elsewhere = one.id && 'unknown' } = rowOf(one);
  switch (elsewhere) {
    case 'unknown':
      return 'unknown';
    case 'forbidden':
      return 403;
    case 'allowed':
      return one.success.status;
    default:
      throw new Error(`Say in its row what an admin of another tenant gets from ${one.name}.`);
  }
}
