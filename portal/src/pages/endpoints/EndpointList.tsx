import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback } from 'react';
import { subtitleOf, titleOf } from '../../api/endpoint-names.ts';
import { endpointsQuery } from '../../api/queries.ts';
import type { Endpoint } from '../../api/types.ts';
import { Filters, SelectFilter, TextFilter } from '../../components/Filter.tsx';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { EndpointState } from '../../components/Status.tsx';
import type { EndpointSearch } from '../../router.tsx';
import { useMay } from '../../session/sign-in.ts';
import { words } from '../../words/words.ts';
import { DayCells } from './DayCells.tsx';
import { Overview } from './Overview.tsx';

const page = getRouteApi('/endpoints');

const STATES = ['active', 'paused', 'disabled'] as const;

export function EndpointList() {
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const query = useInfiniteQuery(endpointsQuery(search));
  const mayManage = useMay('manage_endpoints');
  const filter = useCallback(
    (change: EndpointSearch) => navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const setUrl = useCallback((url: string | undefined) => filter({ url }), [filter]);
  const texts = words.endpoints;
  const isFiltered = search.state !== undefined || search.url !== undefined;
  const hasAny = query.data !== undefined && (isFiltered || query.data.pages.some(({ data }) => data.length > 0));
  const add = mayManage && (
    <Link to="/endpoints/new" className="button primary">
      {texts.add}
    </Link>
  );
  return (
    <>
      <PageHead title={texts.title} intro={texts.intro}>
        {add}
      </PageHead>
      {hasAny && <Overview />}
      <Filters label={words.common.filters}>
        <SelectFilter
          label={texts.filters.state}
          value={search.state}
          options={[[undefined, words.common.all], ...STATES.map((state) => [state, texts.states[state]] as const)]}
          onChange={(state) => filter({ state })}
        />
        <TextFilter label={texts.filters.url} value={search.url} onChange={setUrl} />
      </Filters>
      <List
        query={query}
        empty={
          isFiltered ? (
            <Empty {...texts.filtered}>
              <Link to="/endpoints" className="button">
                {words.common.clearFilters}
              </Link>
            </Empty>
          ) : (
            <Empty {...texts.empty}>{add}</Empty>
          )
        }
      >
        {(items) => <EndpointTable endpoints={items} />}
      </List>
    </>
  );
}

function EndpointTable({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const { columns, types } = words.endpoints;
  return (
    <table className="rows endpoints">
      <thead>
        <tr>
          <th scope="col">{columns.endpoint}</th>
          <th scope="col">{columns.state}</th>
          <th scope="col" className="wide">
            {columns.types}
          </th>
          <th scope="col" className="wide">
            {columns.day}
          </th>
          <th scope="col" className="number">
            {columns.rate}
          </th>
        </tr>
      </thead>
      <tbody>
        {endpoints.map((endpoint) => (
          <tr key={endpoint.id}>
            <td>
              <Link to="/endpoints/$endpointId" params={{ endpointId: endpoint.id }} className="row-link">
                {titleOf(endpoint)}
              </Link>
              <span className="sub">{subtitleOf(endpoint)}</span>
            </td>
            <td>
              <EndpointState endpoint={endpoint} />
            </td>
            <td className="wide clip">{types(endpoint.event_types)}</td>
            <DayCells id={endpoint.id} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
