import * as z from 'zod';
import type { InputFault } from '../problem.ts';
import { type SecretBinding, sealedSecret } from '../secrets/seal.ts';
import type { Seal, SecretOpener } from '../secrets/vault.ts';
import { mergeHeaders } from '../signing/header-names.ts';

/** What the API shows in place of a header's value. In a request, it keeps the value that is stored. */
export const SET = '[set]';

/** The values of an endpoint's headers, sealed together with their names. */
export const sealedHeaders = z.object({
  /** In the order of the values. `since`: the endpoint's version that set the value. */
  names: z.array(z.object({ name: z.string(), since: z.number() })),
  /** The JSON list of the values. */
  values: sealedSecret,
});

/** What an endpoint stores of its headers. */
export interface StoredHeaders {
  /** Values in clear, as an earlier version stored them: the next change of the endpoint seals them. */
  headers: Record<string, string>;
  sealedHeaders?: z.output<typeof sealedHeaders> | undefined;
}

export const NO_HEADERS: StoredHeaders = { headers: {} };

/** An endpoint, as far as its headers need it. */
export interface HeadersOwner extends StoredHeaders {
  tenant: string;
  id: string;
  version: number;
}

type Names = z.output<typeof sealedHeaders>['names'];

/** The headers' names with the endpoint's version that set each; null: it is stored in clear. */
export function headerNames({ headers, sealedHeaders: sealed }: StoredHeaders): Record<string, number | null> {
  const of = (entries: [string, number | null][]) => Object.fromEntries(entries);
  // What is in clear was written later: by an earlier version that was rolled back to.
  return mergeHeaders(
    of(sealed?.names.map(({ name, since }) => [name, since]) ?? []),
    of(Object.keys(headers).map((name) => [name, null])),
  );
}

/** The headers as the API shows them: that each is set. */
export function shownHeaders(stored: StoredHeaders): Record<string, string> {
  return Object.fromEntries(Object.keys(headerNames(stored)).map((name) => [name, SET]));
}

/** The headers in plain text, of which no two have one name. Without headers it costs nothing. */
export async function openHeaders(owner: HeadersOwner, opener: SecretOpener): Promise<Record<string, string>> {
  const { headers, sealedHeaders: sealed } = owner;
  if (sealed === undefined) return hasClearHeaders(owner) ? mergeHeaders(headers) : headers;
  const values = listed(await opener.open(sealed.values, bindingOf(owner, sealed.names)));
  const opened = Object.fromEntries(sealed.names.map(({ name }, at) => [name, values[at] ?? '']));
  return mergeHeaders(opened, headers);
}

function listed(json: string): string[] {
  return z.array(z.string()).parse(JSON.parse(json));
}

function bindingOf({ tenant, id: endpointId }: HeadersOwner, names: Names): SecretBinding {
  return { purpose: 'headers', tenant, endpointId, names };
}

/** The faults of wanted headers: a value can be kept only if there is one. */
export function faultsOfHeaders(stored: StoredHeaders, wanted: Record<string, string>): InputFault[] {
  const known = new Set(Object.keys(headerNames(stored)).map((name) => name.toLowerCase()));
  return Object.entries(wanted)
    .filter(([name, value]) => value === SET && !known.has(name.toLowerCase()))
    .map(([name]) => ({
      path: `headers.${name}`,
      message: `"${SET}" keeps the value of a header that the endpoint has, and it has none of this name: send the value itself.`,
    }));
}

/** Opens what is sealed, and seals; both only if a value has to be read or written. */
export interface HeaderPorts {
  opener: SecretOpener;
  seal: () => Promise<Seal>;
}

/**
 * The headers of an endpoint's next version, sealed.
 * @param wanted without faults; `SET` keeps the value of a name, in whatever case.
 */
export async function headersAfter(
  current: HeadersOwner,
  wanted: Record<string, string>,
  { opener, seal }: HeaderPorts,
): Promise<StoredHeaders> {
  if (Object.keys(wanted).length === 0) return { headers: {}, sealedHeaders: undefined };
  if (isKept(current, wanted)) return { headers: {}, sealedHeaders: current.sealedHeaders };
  const opened = await openHeaders(current, opener);
  const versions = headerNames(current);
  const before = new Map(
    Object.entries(opened).map(([name, value]) => [
      name.toLowerCase(),
      { value, since: versions[name] ?? current.version },
    ]),
  );
  const after = Object.entries(wanted).map(([name, given]) => {
    const known = before.get(name.toLowerCase());
    const value = given === SET ? (known?.value ?? '') : given;
    return { name, value, since: value === known?.value ? known.since : current.version + 1 };
  });
  const names = after.map(({ name, since }) => ({ name, since }));
  const text = JSON.stringify(after.map(({ value }) => value));
  return { headers: {}, sealedHeaders: { names, values: (await seal())(text, bindingOf(current, names)) } };
}

/** Whether these are the sealed headers as they are. */
function isKept({ headers, sealedHeaders: sealed }: StoredHeaders, wanted: Record<string, string>): boolean {
  const names = sealed?.names.map(({ name }) => name) ?? [];
  const isSame = Object.keys(wanted).length === names.length && names.every((name) => wanted[name] === SET);
  return isSame && !hasClearHeaders({ headers });
}

/** The headers as they are, with all values sealed. */
export function headersSealed(current: HeadersOwner, ports: HeaderPorts): Promise<StoredHeaders> {
  return headersAfter(current, shownHeaders(current), ports);
}

/** Whether a value is stored in clear, as an earlier version did. */
export function hasClearHeaders({ headers }: StoredHeaders): boolean {
  return Object.keys(headers).length > 0;
}
