import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { memo, useCallback, useState } from 'react';
import { subtitleOf, titleOf } from '../../api/endpoint-names.ts';
import { endpointsQuery } from '../../api/queries.ts';
import type { Endpoint } from '../../api/types.ts';
import { Filters, SelectFilter, TextFilter } from '../../components/Filter.tsx';
import { List } from '../../components/List.tsx';
import { Block, Cell, LongTable, Row, RowLink } from '../../components/LongTable.tsx';
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
        {(pages) => <EndpointTable pages={pages} />}
      </List>
    </>
  );
}

function EndpointTable({ pages }: { pages: readonly (readonly Endpoint[])[] }) {
  const { columns } = words.endpoints;
  return (
    <LongTable
      className="endpoints"
      columns={[
        [columns.endpoint],
        [columns.state],
        [columns.types, 'wide'],
        [columns.day, 'wide'],
        [columns.rate, 'number'],
      ]}
    >
      {pages.map((endpoints, at) => (
        // A page of a list keeps its place, whatever comes and goes in it.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <EndpointBlock key={at} endpoints={endpoints} />
      ))}
    </LongTable>
  );
}

const EndpointBlock = memo(function EndpointBlock({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const [isSeen, setSeen] = useState(true);
  return (
    <Block rows={endpoints.length} onSeen={setSeen}>
      {endpoints.map((endpoint) => (
        <Row key={endpoint.id}>
          <Cell>
            <RowLink to={`/endpoints/${endpoint.id}`}>{titleOf(endpoint)}</RowLink>
            <span className="sub">{subtitleOf(endpoint)}</span>
          </Cell>
          <Cell>
            <EndpointState endpoint={endpoint} />
          </Cell>
          <Cell className="wide clip">{words.endpoints.types(endpoint.event_types)}</Cell>
          <DayCells id={endpoint.id} isNear={isSeen} />
        </Row>
      ))}
    </Block>
  );
});
