import { useQueries, useQuery } from '@tanstack/react-query';
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
 * Endpoints by their ids: as a list shows those among the newest hundred, which are read at once; the others, and where whole
 * URLs are needed, read one by one, once they are asked for. Null if there is none any more, undefined while that is not known.
 */
function useEndpoints(
  ids: readonly string[],
  { isWhole, isAsking }: { isWhole: boolean; isAsking: boolean },
): ReadonlyMap<string, Endpoint | null | undefined> {
  const { data: choices } = useQuery(endpointChoicesQuery);
  const listed = new Map(choices?.data.map((one) => [one.id, one]));
  const mayBeOlder = choices !== undefined && choices.next !== null;
  const others = ids.filter((id) => (listed.has(id) ? isWhole : mayBeOlder));
  const answers = useQueries({ queries: others.map((id) => ({ ...endpointQuery(id), enabled: isAsking })) });
  const answerTo = new Map(others.map((id, at) => [id, answers[at]]));
  return new Map(
    ids.map((id) => {
      const answer = answerTo.get(id);
      const known = answer?.data ?? (isWhole ? undefined : listed.get(id));
      const isGone = choices !== undefined && (answer === undefined || answer.error !== null);
      return [id, known ?? (isGone ? null : undefined)];
    }),
  );
}

/**
 * Endpoints' names by their ids, without those that are still being read. One that is not there any more has the words for that.
 * @param isAsking whether to ask for those that are not known yet.
 */
export function useEndpointNames(ids: readonly string[], isAsking = true): ReadonlyMap<string, string> {
  const endpoints = useEndpoints(ids, { isWhole: false, isAsking });
  return new Map(
    [...endpoints].flatMap(([id, endpoint]) =>
      endpoint === undefined ? [] : [[id, endpoint === null ? words.deliveries.deletedEndpoint : nameOf(endpoint)]],
    ),
  );
}

/** One endpoint's name. */
export function useEndpointName(id: string | undefined): string | undefined {
  const ids = id === undefined ? [] : [id];
  return useEndpointNames(ids).get(id ?? '');
}

/** An endpoint as it is now, with its whole URL; undefined while it is being read, and if there is none. */
export const usePresentEndpoint = (id: string): Endpoint | undefined =>
  useEndpoints([id], { isWhole: true, isAsking: true }).get(id) ?? undefined;
