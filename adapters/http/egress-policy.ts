import { isIPv4 } from 'node:net';
import { type EgressPolicy, type UrlVerdict, urlLengthMax } from '../../core/endpoints/egress-policy.ts';
import { isWithin, parseAddress, parseBlock, whyNotGlobal } from './addresses.ts';

/** What a stage permits beyond HTTPS to global unicast addresses. */
export interface EgressSettings {
  /** CIDR blocks that may be reached although they are not global unicast. Empty in a deployed stage. */
  allowedCidrs: readonly string[];
  /** Whether plain http is allowed, and then only to the allowed blocks. */
  allowHttp: boolean;
}

/** The egress policy with the two checks of addresses that the sender makes before it dials. */
export interface EgressGuard extends EgressPolicy {
  /** Whether a connection may go to this address. False for anything that is not one plain address. */
  checkAddress(ip: string): boolean;
  /** Whether the address lies in the allowed blocks: the only ones that plain http may reach. */
  isException(ip: string): boolean;
}

const unreachableNames = ['localhost', 'local', 'internal'];
const publicHint = 'webhooks go to public addresses only; use a host that is reachable on the internet';

/**
 * The rule for registering endpoints and for dialling: HTTPS, no user information, and only global unicast addresses,
 * apart from the exceptions of the stage. Every port is allowed.
 * @throws Error when an allowed block is not a CIDR block.
 */
export function createEgressPolicy(settings: EgressSettings): EgressGuard {
  const blocks = settings.allowedCidrs.map(parseBlock);

  const isException = (ip: string): boolean => {
    const address = parseAddress(ip);
    return address !== null && isWithin(address, blocks);
  };
  const checkAddress = (ip: string): boolean => {
    const address = parseAddress(ip);
    return address !== null && (isWithin(address, blocks) || whyNotGlobal(address) === null);
  };
  const loopbackAllowed = isException('127.0.0.1') || isException('::1');
  const isExceptionHost = (host: string): boolean =>
    isException(host) || (loopbackAllowed && isUnder(host, 'localhost'));

  const checkUrl = (text: string): UrlVerdict => {
    const url = malformed(text) === null ? URL.parse(text) : null;
    if (url === null) return refuse(malformed(text) ?? notAUrl);
    const host = hostOf(url);
    const plainAllowed = settings.allowHttp && isExceptionHost(host);
    const reason =
      wrongParts(url) ?? (isExceptionHost(host) ? null : (unreachableHost(host) ?? oddAddress(text, host)));
    if (reason !== null) return refuse(reason);
    if (url.protocol === 'http:' && !plainAllowed) return refuse('The URL must start with https://.');
    return { ok: true, url };
  };

  return { checkUrl, checkAddress, isException };
}

/** The host to dial: a name, or an address without the brackets that a URL needs around IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

const notAUrl = 'This is not a valid URL; use one such as https://example.com/webhooks.';

function refuse(reason: string): UrlVerdict {
  return { ok: false, reason };
}

/**
 * What is wrong with the text before it is parsed. The URL parser tolerates a lot (`https:host`, `https:///host`, a
 * backslash, a line break); a person or another parser may read what it repairs as another host.
 */
function malformed(text: string): string | null {
  if (text.length > urlLengthMax) return `The URL is longer than ${urlLengthMax} characters; use a shorter one.`;
  if (!/^https?:\/\//i.test(text)) return 'The URL must start with https://.';
  if (!/^https?:\/\/[^\\\s\p{Cc}]+$/iu.test(text)) {
    return 'The URL contains a space, a control character or a backslash; percent-encode or remove it.';
  }
  return /^https?:\/\/[/?#]/i.test(text) ? 'The URL has no host; use one such as https://example.com/webhooks.' : null;
}

function wrongParts(url: URL): string | null {
  if (url.username !== '' || url.password !== '') {
    return 'The URL contains a user name or password; remove it and use a header of the endpoint instead.';
  }
  if (url.href.includes('#')) return 'The URL contains a fragment (#...), which is never sent; remove it.';
  // The URL parser accepts such names, and writes `。` as a full stop; no name server has them.
  if (/^\.|\.\.|[^.]{64}/.test(url.hostname)) {
    return 'The host name is not valid; use labels of 1 to 63 characters between full stops.';
  }
  if (url.port === '0') return 'Port 0 is not valid; use the port that the receiver listens on.';
  if (url.href.length > urlLengthMax) {
    return `The URL is longer than ${urlLengthMax} characters once encoded; use a shorter one.`;
  }
  return null;
}

function unreachableHost(host: string): string | null {
  const address = parseAddress(host);
  if (address !== null) {
    const kind = whyNotGlobal(address);
    return kind === null ? null : `${host} is ${kind}, and ${publicHint}.`;
  }
  if (host.endsWith('.')) return 'The host name ends with a full stop; remove it.';
  if (!host.includes('.') || unreachableNames.some((name) => isUnder(host, name))) {
    return `${host} is a name in a private network, and ${publicHint}.`;
  }
  return null;
}

/** The URL parser reads `0127.1` as 87.0.0.1, which a person does not: an IPv4 address must be written as it is dialled. */
function oddAddress(text: string, host: string): string | null {
  const written = /^https?:\/\/([^/?#:]*)/i.exec(text)?.[1];
  if (!isIPv4(host) || written === host) return null;
  return `The host is another spelling of ${host}; write the address as four decimal numbers.`;
}

function isUnder(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`);
}
