import type { LookupAddress } from 'node:dns';
import { lookup as lookupHost } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

/** Every address of a host name. Rejects when the name cannot be resolved. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** A host with no allowed address. */
export class BlockedAddressError extends Error {
  override name = 'BlockedAddressError';
}

/** A host name that did not resolve to an address. */
export class DnsError extends Error {
  override name = 'DnsError';
}

/**
 * The operating system's resolver. Concurrent calls for one name share a look-up: each occupies a thread of a pool of
 * four, so one name with hanging servers would otherwise block every other host.
 */
export function createSystemResolve(): Resolve {
  const running = new Map<string, Promise<LookupAddress[]>>();
  return (hostname) => {
    const shared = running.get(hostname);
    if (shared !== undefined) return shared;
    const started = lookupHost(hostname, { all: true, order: 'verbatim' }).finally(() => running.delete(hostname));
    running.set(hostname, started);
    return started;
  };
}

/**
 * The look-up hook of a connection: it returns exactly the addresses that passed the check, so what was checked is what
 * is dialled, and a later DNS answer changes nothing. An address in the URL itself is not looked up; the policy's
 * `checkUrl` checks it.
 */
export function createGuardedLookup(resolve: Resolve, isAllowed: (ip: string) => boolean): LookupFunction {
  const allowedAddresses = async (hostname: string): Promise<LookupAddress[]> => {
    const found = await resolve(hostname).catch((cause: unknown) => {
      throw new DnsError(`${hostname} cannot be resolved`, { cause });
    });
    if (found.length === 0) throw new DnsError(`${hostname} has no address`);
    const allowed = found.filter(({ address }) => isAllowed(address));
    if (allowed.length === 0) throw new BlockedAddressError(`${hostname} resolves to no address that may be reached`);
    return allowed;
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
