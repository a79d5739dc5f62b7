import { type EgressPolicy, type UrlVerdict, urlLengthMax } from '../../core/endpoints/egress-policy.ts';
import { isWithin, parseAddress, parseBlock, whyNotGlobal } from './addresses.ts';

/** What a stage allows beyond HTTPS to global unicast addresses. */
export interface EgressSettings {
  /** CIDR blocks that may be reached although they are not global unicast. Empty in a deployed stage. */
  allowedCidrs: readonly string[];
  /** Whether plain http is allowed, and then only to the allowed blocks. */
  allowHttp: boolean;
}

/** The egress policy with the two checks that the sender makes on what it is about to dial. */
export interface EgressGuard extends EgressPolicy {
  /** Whether a connection may go to this address. False for anything that is not one plain address. */
  checkAddress(ip: string): boolean;
  /** Whether the address lies in the allowed blocks: the only ones that plain http may reach. */
  isException(ip: string): boolean;
}

const unreachableNames = ['localhost', 'local', 'internal'];
const publicHint = 'webhooks go to public addresses only; give a host that is reachable on the internet';

/**
 * The rule by which endpoints are registered and attempts are dialled: HTTPS, no user information, and only global
 * unicast addresses, apart from the exceptions of the stage. Every port is allowed.
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
    const reason = wrongParts(url) ?? (isExceptionHost(host) ? null : unreachableHost(host));
    if (reason !== null) return refuse(reason);
    if (url.protocol === 'http:' && !plainAllowed) return refuse('The URL must start with https://.');
    return { ok: true, url };
  };

  return { checkUrl, checkAddress, isException };
}

/** The host as it is dialled: a name, or an address without the brackets that a URL needs around IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

const notAUrl = 'This is not a valid URL; give one such as https://example.com/webhooks.';

function refuse(reason: string): UrlVerdict {
  return { ok: false, reason };
}

/**
 * What is wrong with the text before it is parsed. The URL parser forgives a lot (`https:host`, `https:///host`, a
 * backslash, a line break); what it repairs, a person or another parser may read as another host.
 */
function malformed(text: string): string | null {
  if (text.length > urlLengthMax) return `The URL is longer than ${urlLengthMax} characters; give a shorter one.`;
  if (!/^https?:\/\//i.test(text)) return 'The URL must start with https://.';
  if (!/^https?:\/\/[^\\\s\p{Cc}]+$/iu.test(text)) {
    return 'The URL holds a space, a control character or a backslash; percent-encode it or leave it out.';
  }
  return /^https?:\/\/[/?#]/i.test(text) ? 'The URL has no host; give one such as https://example.com/webhooks.' : null;
}

function wrongParts(url: URL): string | null {
  if (url.username !== '' || url.password !== '') {
    return 'The URL holds a user name or password; leave it out and use a header of the endpoint instead.';
  }
  if (url.href.includes('#')) return 'The URL holds a fragment (#...), which is never sent; leave it out.';
  // The URL parser takes them, and writes `。` as a full stop; no name server has them.
  if (/^\.|\.\.|[^.]{64}/.test(url.hostname)) {
    return 'The host name is none: each part of it, between full stops, has 1 to 63 characters; correct it.';
  }
  if (url.port === '0') return 'Port 0 cannot be reached; give the port that the receiver listens on.';
  if (url.href.length > urlLengthMax) {
    return `The URL is longer than ${urlLengthMax} characters once encoded; give a shorter one.`;
  }
  return null;
}

function unreachableHost(host: string): string | null {
  const address = parseAddress(host);
  if (address !== null) {
    const kind = whyNotGlobal(address);
    return kind === null ? null : `${host} is ${kind}, and ${publicHint}.`;
  }
  if (host.endsWith('.')) return 'The host name ends with a full stop; leave it out.';
  if (!host.includes('.') || unreachableNames.some((name) => isUnder(host, name))) {
    return `${host} is a name of a private network, and ${publicHint}.`;
  }
  return null;
}

function isUnder(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`);
}
