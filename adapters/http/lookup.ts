import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** A host with no allowed address. */
export class BlockedAddressError extends Error {
  override name = 'BlockedAddressError';
}

/** A host name that did not resolve to an address. */
export class DnsError extends Error {
  override name = 'DnsError';
}

/** A look-up that failed on our side: it says nothing about the host name. */
export class OwnLookupError extends Error {
  override name = 'OwnLookupError';
}

/** A name may have hundreds of addresses that refuse or hang: so many are dialled. */
const DIALLED_MAX = 4;

/**
 * The look-up hook of a connection: it returns exactly the addresses that passed the check, so what was checked is what
 * is dialled, and a later DNS answer changes nothing. An address in the URL itself is not looked up; the policy's
 * `checkUrl` checks it.
 */
export function createGuardedLookup(
  find: (hostname: string) => Promise<LookupAddress[]>,
  isAllowed: (ip: string) => boolean,
): LookupFunction {
  const allowedAddresses = async (hostname: string): Promise<LookupAddress[]> => {
    const allowed = (await find(hostname)).filter(({ address }) => isAllowed(address));
    if (allowed.length === 0) throw new BlockedAddressError(`${hostname} resolves to no address that may be reached`);
    return firstOf(allowed);
  };

  return (hostname, options, callback) => {
    allowedAddresses(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

/** The first few addresses in their order, with both families among them if there are both. */
function firstOf(addresses: LookupAddress[]): LookupAddress[] {
  const first = addresses.slice(0, DIALLED_MAX);
  const other = addresses.slice(DIALLED_MAX).find(({ family }) => first.every((one) => one.family !== family));
  return other === undefined ? first : [...first.slice(0, -1), other];
}
