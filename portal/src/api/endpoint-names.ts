import { useQuery } from '@tanstack/react-query';
import { words } from '../words/words.ts';
import { endpointChoicesQuery, endpointQuery } from './queries.ts';

/** An endpoint's URL without what all have in common. Lists name no more than its host: the rest may hold a secret. */
export const shortUrl = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');

/** How an endpoint is called beside others: several may have the same host. */
export const nameOf = ({ url, description }: { url: string; description: string }): string =>
  description === '' ? shortUrl(url) : `${shortUrl(url)} · ${description}`;

/**
 * An endpoint's name by its id. The newest hundred are read at once, and of a tenant with more each other one when it is
 * shown. Undefined while it is being read; the words for a deleted one, if it is not there any more.
 */
export function useEndpointName(id: string | undefined): string | undefined {
  const { data: choices } = useQuery(endpointChoicesQuery);
  const found = choices?.data.find((one) => one.id === id);
  const isElsewhere = id !== undefined && choices !== undefined && found === undefined && choices.next !== null;
  const { data: other, error } = useQuery({ ...endpointQuery(id ?? ''), enabled: isElsewhere });
  const endpoint = found ?? other;
  if (endpoint !== undefined) return nameOf(endpoint);
  return choices !== undefined && (!isElsewhere || error) ? words.deliveries.deletedEndpoint : undefined;
}
