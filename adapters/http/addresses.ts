import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A CIDR block: addresses that share the first `bits` bits of `base`. */
export interface Block {
  base: Address;
  bits: number;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Everything in IPv4, and everything within 2000::/3 in IPv6, that is not global unicast.
 * Source: the IANA special-purpose address registries for IPv4 and IPv6.
 * 6to4 and Teredo are refused entirely, whatever address they wrap: both are retired, and no receiver needs them.
 */
const specialBlocks: readonly (readonly [name: string, ...cidrs: string[]])[] = [
  ['an unspecified address', '0.0.0.0/8'],
  ['a loopback address', '127.0.0.0/8'],
  ['a link-local address', '169.254.0.0/16'],
  ['a private address', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ['a shared carrier address', '100.64.0.0/10'],
  ['a documentation address', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ['a benchmarking address', '198.18.0.0/15'],
  ['a multicast address', '224.0.0.0/4'],
  ['a reserved address', '192.0.0.0/24', '192.88.99.0/24', '240.0.0.0/4', '2001::/23'],
  ['a 6to4 address', '2002::/16'],
];

/** Names of blocks outside 2000::/3, all of which is refused; the name only makes the message clearer. */
const outsideGlobalBlocks: readonly (readonly [name: string, ...cidrs: string[]])[] = [
  ['an unspecified address', '::/128'],
  ['a loopback address', '::1/128'],
  ['a link-local address', 'fe80::/10'],
  ['a private address', 'fc00::/7', 'fec0::/10'],
  ['a multicast address', 'ff00::/8'],
];

const specials = named([...specialBlocks, ...outsideGlobalBlocks]);
const globalUnicastV6 = parseBlock('2000::/3');
/** DNS64 synthesises it for every IPv4-only host in an IPv6-only subnet, so the wrapped address decides. */
const nat64 = parseBlock('64:ff9b::/96');

function named(groups: typeof specialBlocks): { name: string; block: Block }[] {
  return groups.flatMap(([name, ...cidrs]) => cidrs.map((cidr) => ({ name, block: parseBlock(cidr) })));
}

/**
 * Reads a CIDR block such as `127.0.0.0/8` or `::1/128`.
 * @throws Error naming the text if it is not one: a setting to correct before anything is sent.
 */
export function parseBlock(cidr: string): Block {
  if (isIP(cidr.split('/')[0] ?? '') === 0 || !ipaddr.isValidCIDR(cidr)) {
    throw new Error(`"${cidr}" is not a CIDR block; use an address and a prefix length, such as 10.1.0.0/16.`);
  }
  const [base, bits] = ipaddr.parseCIDR(cidr);
  return { base, bits };
}

/**
 * Parses an address in its canonical spelling, a v4-mapped one as the IPv4 address it is.
 * Null for anything else, above all for what other software may read differently: zones, octal, hex and short forms.
 */
export function parseAddress(text: string): Address | null {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return null;
  // ipaddr.js reads ::8.8.8.8 as 8.8.8.8 although another address is dialled; the URL parser writes IPv6 only in hex.
  const plain = family === 6 ? URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) : text;
  return plain === undefined ? null : ipaddr.process(plain);
}

/** Whether an address is in one of the blocks. */
export function isWithin(address: Address, blocks: readonly Block[]): boolean {
  return blocks.some(({ base, bits }) => base.kind() === address.kind() && address.match(base, bits));
}

/** Null for a global unicast address; otherwise what it is instead, such as `a private address`. */
export function whyNotGlobal(address: Address): string | null {
  const special = specials.find(({ block }) => isWithin(address, [block]));
  if (special !== undefined) return special.name;
  if (address instanceof ipaddr.IPv4 || isWithin(address, [globalUnicastV6])) return null;
  if (!isWithin(address, [nat64])) return 'not a global unicast address';
  const inner = whyNotGlobal(ipaddr.fromByteArray(address.toByteArray().slice(12)));
  return inner === null ? null : `a NAT64 form of ${inner}`;
}
