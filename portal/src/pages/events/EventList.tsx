import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet, useMatch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { eventsQuery } from '../../api/queries.ts';
import { AutoRefresh, useRefreshMs, whileOnePage } from '../../components/AutoRefresh.tsx';
import { Filters, TextFilter } from '../../components/Filter.tsx';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { Time } from '../../components/Time.tsx';
import { count, size } from '../../words/format.ts';
import { words } from '../../words/words.ts';

const page = getRouteApi('/events');

export function EventList() {
  const { type, key } = page.useSearch();
  const navigate = page.useNavigate();
  const openId = useMatch({ from: '/events/$eventId', shouldThrow: false })?.params.eventId;
  const refreshMs = useRefreshMs();
  const query = useInfiniteQuery({
    ...eventsQuery({ type, idempotency_key: key }),
    refetchInterval: whileOnePage(refreshMs),
  });
  const setType = useCallback(
    (next: string | undefined) => navigate({ to: '.', search: (before) => ({ ...before, type: next }), replace: true }),
    [navigate],
  );
  const setKey = useCallback(
    (next: string | undefined) => navigate({ to: '.', search: (before) => ({ ...before, key: next }), replace: true }),
    [navigate],
  );
  const texts = words.events;
  return (
    <div className={openId === undefined ? 'split' : 'split open'}>
      <div className="split-list">
        <PageHead title={texts.title} intro={texts.intro}>
          <AutoRefresh
            refresh={() => void query.refetch()}
            isFetching={query.isFetching}
            pages={query.data?.pages.length ?? 0}
          />
        </PageHead>
        <Filters label={words.common.filters}>
          <TextFilter label={texts.filters.type} value={type} onChange={setType} />
          <TextFilter label={texts.filters.key} value={key} onChange={setKey} />
        </Filters>
        <List
          query={query}
          empty={
            type === undefined && key === undefined ? (
              <Empty {...texts.empty} />
            ) : (
              <Empty {...texts.filtered}>
                <Link to="/events" className="button">
                  {words.common.clearFilters}
                </Link>
              </Empty>
            )
          }
        >
          {(items) => (
            <table className="rows events">
              <thead>
                <tr>
                  <th scope="col">{texts.columns.event}</th>
                  <th scope="col" className="number">
                    {texts.columns.matched}
                  </th>
                  <th scope="col" className="number wide">
                    {texts.columns.size}
                  </th>
                  <th scope="col" className="number">
                    {texts.columns.time}
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((event) => (
                  <tr key={event.id} className={event.id === openId ? 'current' : undefined}>
                    <td>
                      <Link
                        to="/events/$eventId"
                        params={{ eventId: event.id }}
                        search={(before) => before}
                        className="row-link"
                        aria-current={event.id === openId || undefined}
                      >
                        {event.type}
                      </Link>
                      <span className="sub id">{event.id}</span>
                    </td>
                    <td className="number">
                      {event.matched_endpoints === null ? texts.pending : count(event.matched_endpoints)}
                    </td>
                    <td className="number wide">{size(event.size_bytes)}</td>
                    <td className="number">
                      <Time at={event.accepted_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </List>
      </div>
      <Outlet />
    </div>
  );
}
