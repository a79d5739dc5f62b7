import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet, useMatch } from '@tanstack/react-router';
import { memo, useCallback } from 'react';
import { isNotice } from '../../api/catalogue.ts';
import { eventsQuery } from '../../api/queries.ts';
import type { EventSummary } from '../../api/types.ts';
import { AutoRefresh, useRefreshMs, whileOnePage } from '../../components/AutoRefresh.tsx';
import { Filters, TextFilter } from '../../components/Filter.tsx';
import { List } from '../../components/List.tsx';
import { Block, Cell, LongTable, Row, RowLink, useSearchText } from '../../components/LongTable.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { Badge } from '../../components/Status.tsx';
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
          {(pages) => <EventTable pages={pages} openId={openId} />}
        </List>
      </div>
      <Outlet />
    </div>
  );
}

function EventTable({ pages, openId }: { pages: readonly (readonly EventSummary[])[]; openId: string | undefined }) {
  const search = useSearchText();
  const { columns } = words.events;
  return (
    <LongTable
      className="events"
      columns={[[columns.event], [columns.matched, 'number'], [columns.size, 'number wide'], [columns.time, 'number']]}
    >
      {pages.map((events, at) => (
        <EventBlock
          // A page of a list keeps its place, whatever comes and goes in it.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={at}
          events={events}
          openId={events.some(({ id }) => id === openId) ? openId : undefined}
          search={search}
        />
      ))}
    </LongTable>
  );
}

const EventBlock = memo(function EventBlock(props: {
  events: readonly EventSummary[];
  openId: string | undefined;
  search: string;
}) {
  const { events, openId, search } = props;
  return (
    <Block rows={events.length}>
      {events.map((event) => (
        <Row key={event.id} isOpen={event.id === openId}>
          <Cell>
            <span className="with-mark">
              <RowLink to={`/events/${event.id}${search}`} isOpen={event.id === openId} staysBelow>
                {event.type}
              </RowLink>
              {isNotice(event.type) && <Badge tone="quiet">{words.events.notice}</Badge>}
            </span>
            <span className="sub id">{event.id}</span>
          </Cell>
          <Cell className="number">
            {event.matched_endpoints === null ? words.events.pending : count(event.matched_endpoints)}
          </Cell>
          <Cell className="number wide">{size(event.size_bytes)}</Cell>
          <Cell className="number">
            <Time at={event.accepted_at} />
          </Cell>
        </Row>
      ))}
    </Block>
  );
});
