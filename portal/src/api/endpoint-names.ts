import { useQuery } from '@tanstack/react-query';
import { words } from '../words/words.ts';
import { endpointChoicesQuery, endpointQuery } from './queries.ts';
import type { Endpoint } from './types.ts';

/** An endpoint's URL without what all have in common. Lists name no more than its host: the rest may hold a secret. */
export const shortUrl = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');

/** How many letters of an id tell it apart, for people. */
const ID_END = 6;

/**
 * How an endpoint is called beside others: by its description, since several may have the same host; without one, by the end
 * of its id.
 */
export const nameOf = ({ id, url, description }: Pick<Endpoint, 'id' | 'url' | 'description'>): string =>
  `${titleOf({ url, description })} · ${description === '' ? id.slice(-ID_END) : shortUrl(url)}`;

/** What comes first of an endpoint: what people wrote of it. */
export const titleOf = ({ url, description }: Pick<Endpoint, 'url' | 'description'>): string =>
  description === '' ? shortUrl(url) : description;

/** What comes second, and tells it apart. */
export const subtitleOf = ({ id, url, description }: Pick<Endpoint, 'id' | 'url' | 'description'>): string =>
  description === '' ? `…${id.slice(-ID_END)}` : shortUrl(url);

/**
 * An endpoint by its id: as a list shows it if it is among the newest hundred, which are read at once; else, and where its
 * whole URL is needed, read by itself. Null if there is none any more, undefined while that is not known.
 */
function useEndpoint(id: string | undefined, isWhole: boolean): Endpoint | null | undefined {
  const { data: choices } = useQuery(endpointChoicesQuery);
  const found = choices?.data.find((one) => one.id === id);
  const isThere = found !== undefined || (choices !== undefined && choices.next !== null);
  const isAsked = id !== undefined && isThere && (isWhole || found === undefined);
  const { data: whole, error } = useQuery({ ...endpointQuery(id ?? ''), enabled: isAsked });
  if (whole !== undefined) return whole;
  if (found !== undefined && !isWhole) return found;
  return choices !== undefined && (!isAsked || error) ? null : undefined;
}

/** An endpoint's name by its id. Undefined while it is being read; the words for a deleted one, if it is not there any more. */
export function useEndpointName(id: string | undefined): string | undefined {
  const endpoint = useEndpoint(id, false);
  return endpoint === null ? words.deliveries.deletedEndpoint : endpoint && nameOf(endpoint);
}

/** An endpoint's whole URL of the present; undefined while it is being read, and if there is none. */
export const useEndpointUrl = (id: string): string | undefined => useEndpoint(id, true)?.url;
