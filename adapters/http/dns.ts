import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** Every address of a host name, at least one. Rejects when there is none, or none is found. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** Settings of look-ups. Times in ms. */
export interface DnsOptions {
  /** Name servers as `address:port`. Default: the system's. */
  servers?: readonly string[];
  /** After this time a look-up has failed. Default 4 s. */
  limitMs?: number;
  /** How long the addresses of one family wait for those of the other. Default 100 ms. */
  otherFamilyMs?: number;
}

/** A look-up without an address. `codes` has the DNS error code of each family, such as `ENOTFOUND` or `ETIMEOUT`. */
export class LookupFailed extends Error {
  override name = 'LookupFailed';
  readonly codes: readonly string[];

  constructor(hostname: string, codes: readonly string[]) {
    super(`${hostname} has no address: ${codes.join(', ')}`);
    this.codes = codes;
  }
}

/** What one question came to: addresses, or the code of its failure. */
type Answer = LookupAddress[] | string;

/** RFC 6761: these names are the machine itself, and are never looked up. */
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

// A question that is lost is asked again after a second, and after about three.
const TRIES = { timeout: 1_000, tries: 3 };

/**
 * Look-ups by the DNS alone: no hosts file, no search domains, and no threads, so that a name whose servers are silent
 * keeps no other from being looked up. Both families are asked at once; IPv4 comes first, since every function can send
 * to it. Each look-up has a channel of its own: c-ares derives the time that it gives a server from how fast that answered
 * before, so quick names would shorten the time of slow ones, and the questions of a channel leave from one port.
 */
export function createDnsResolve(options: DnsOptions = {}): Resolve {
  const { servers, limitMs = 4_000, otherFamilyMs = 100 } = options;
  return async (hostname) => {
    if (hostname === 'localhost' || hostname.endsWith('.localhost')) return [...LOOPBACK];
    const resolver = new Resolver(TRIES);
    if (servers !== undefined) resolver.setServers(servers);
    try {
      return await bothFamilies(hostname, resolver, { limitMs, otherFamilyMs });
    } finally {
      // What is still asked has no use any more.
      resolver.cancel();
    }
  };
}

async function bothFamilies(
  hostname: string,
  resolver: Resolver,
  { limitMs, otherFamilyMs }: { limitMs: number; otherFamilyMs: number },
): Promise<LookupAddress[]> {
  const enough = Promise.withResolvers<void>();
  const timers = [setTimeout(enough.resolve, limitMs)];
  const answers: [v4: Answer, v6: Answer] = ['ETIMEOUT', 'ETIMEOUT'];
  const ask = async (at: 0 | 1, question: Promise<string[]>) => {
    const family = at === 0 ? 4 : 6;
    answers[at] = await question.then((found) => found.map((address) => ({ address, family })), codeOf);
    if (typeof answers[at] !== 'string') timers.push(setTimeout(enough.resolve, otherFamilyMs));
  };
  const both = Promise.all([ask(0, resolver.resolve4(hostname)), ask(1, resolver.resolve6(hostname))]);
  await Promise.race([both, enough.promise]);
  for (const timer of timers) clearTimeout(timer);
  const found = answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer));
  if (found.length > 0) return found;
  throw new LookupFailed(
    hostname,
    answers.map((answer) => (typeof answer === 'string' ? answer : 'ENODATA')),
  );
}

/** The code of an error; empty if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
