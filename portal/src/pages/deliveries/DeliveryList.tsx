import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet, useMatch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { deliveriesQuery } from '../../api/queries.ts';
import { AutoRefresh, useRefreshMs, whileOnePage } from '../../components/AutoRefresh.tsx';
import { DeliveryTable } from '../../components/DeliveryTable.tsx';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { type DeliverySearch, PERIODS } from '../../router.tsx';
import { useMay } from '../../session/sign-in.ts';
import { words } from '../../words/words.ts';
import { DeliveryFilters } from './DeliveryFilters.tsx';
import { ResendFailed } from './ResendFailed.tsx';

const page = getRouteApi('/deliveries');

const MINUTE_MS = 60_000;

/** All deliveries of the tenant, newest first, and beside them the one that is open. */
export function DeliveryList() {
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const openId = useMatch({ from: '/deliveries/$deliveryId', shouldThrow: false })?.params.deliveryId;
  const mayManage = useMay('manage_endpoints');
  const mayReplay = useMay('replay');
  const refreshMs = useRefreshMs();
  const { status, endpoint, type, period } = search;
  // By the minute: a start that moves with every drawing would make every drawing another list.
  const from = useMemo(
    () => period && new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - PERIODS[period]).toISOString(),
    [period],
  );
  const query = useInfiniteQuery({
    ...deliveriesQuery({ status, endpoint_id: endpoint, type, from }),
    refetchInterval: whileOnePage(refreshMs),
  });
  // The pane stays open, and the list moves under it.
  const filter = useCallback(
    (change: DeliverySearch) => navigate({ to: '.', search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const texts = words.deliveries;
  const isFiltered = [status, endpoint, type, period].some((value) => value !== undefined);
  return (
    <div className={openId === undefined ? 'split' : 'split open'}>
      <div className="split-list">
        <PageHead title={texts.title} intro={texts.intro}>
          {mayReplay && (status === undefined || status === 'dead') && <ResendFailed search={search} />}
          <AutoRefresh
            refresh={() => void query.refetch()}
            isFetching={query.isFetching}
            pages={query.data?.pages.length ?? 0}
          />
        </PageHead>
        <DeliveryFilters search={search} onChange={filter} />
        <List
          query={query}
          empty={
            isFiltered ? (
              <Empty {...texts.filtered}>
                <Link to="/deliveries" className="button">
                  {words.common.clearFilters}
                </Link>
              </Empty>
            ) : (
              <Empty title={texts.empty.title} body={texts.empty.body}>
                {mayManage && (
                  <Link to="/endpoints/new" className="button">
                    {texts.empty.action}
                  </Link>
                )}
              </Empty>
            )
          }
        >
          {(pages) => <DeliveryTable pages={pages} openId={openId} />}
        </List>
      </div>
      <Outlet />
    </div>
  );
}
