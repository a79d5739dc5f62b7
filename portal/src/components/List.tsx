import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { words } from '../words/words.ts';
import { Button } from './Button.tsx';
import { Failed, Loading } from './States.tsx';

interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

interface Props<Item> {
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<Item>>>;
  /** The rows page by page, at least one in each. */
  readonly children: (pages: readonly (readonly Item[])[]) => ReactNode;
  /** Shown without a row: either nothing is there yet, or filters hide it. */
  readonly empty: ReactNode;
}

/**
 * A list page by page, in each of its states. A filter that few pass may give an empty page that still has a next one: then
 * it offers to look further back, since nobody knows how far that is.
 */
export function List<Item>({ query, children, empty }: Props<Item>) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  if (data === undefined) return error ? <Failed fault={error} again={() => void refetch()} /> : <Loading />;
  const pages = data.pages.map((page) => page.data).filter((items) => items.length > 0);
  const isEmpty = pages.length === 0;
  return (
    <>
      {error && <Failed fault={error} again={() => void refetch()} />}
      {isEmpty ? hasNextPage ? <p className="state">{words.common.nothingSoFar}</p> : empty : children(pages)}
      {hasNextPage && (
        <p className="more">
          <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isEmpty ? words.common.lookFurther : words.common.loadMore}
          </Button>
        </p>
      )}
    </>
  );
}
