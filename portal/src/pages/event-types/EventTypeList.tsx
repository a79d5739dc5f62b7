import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCallback } from 'react';
import { byGroup, isFound } from '../../api/catalogue.ts';
import { eventTypePagesQuery } from '../../api/queries.ts';
import type { EventType } from '../../api/types.ts';
import { Filters, TextFilter } from '../../components/Filter.tsx';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { Badge } from '../../components/Status.tsx';
import { words } from '../../words/words.ts';

const page = getRouteApi('/event-types');

/** The catalogue: what may be sent, described by whoever publishes it. */
export function EventTypeList() {
  const { find = '' } = page.useSearch();
  const navigate = page.useNavigate();
  const query = useInfiniteQuery(eventTypePagesQuery);
  const setFind = useCallback(
    (next: string | undefined) => navigate({ search: { find: next }, replace: true }),
    [navigate],
  );
  const texts = words.eventTypes;
  return (
    <>
      <PageHead title={texts.title} intro={texts.intro} />
      <Filters label={words.common.filters}>
        <TextFilter label={texts.filters.find} value={find} onChange={setFind} />
      </Filters>
      <List
        query={query}
        empty={
          <Empty title={texts.empty.title} body={texts.empty.body}>
            <Link to="/events" className="button">
              {texts.empty.action}
            </Link>
          </Empty>
        }
      >
        {(pages) => {
          const found = pages.flat().filter((type) => isFound(type, find));
          return (
            <>
              {found.length > 0 ? <Catalogue types={found} /> : <Empty {...texts.filtered} />}
              {find !== '' && query.hasNextPage && <p className="hint">{texts.moreToFind}</p>}
            </>
          );
        }}
      </List>
    </>
  );
}

function Catalogue({ types }: { types: readonly EventType[] }) {
  const texts = words.eventTypes;
  return (
    <table className="rows types">
      <thead>
        <tr>
          <th scope="col">{texts.columns.name}</th>
          <th scope="col" className="number">
            {texts.columns.versions}
          </th>
        </tr>
      </thead>
      {byGroup(types).map(([group, ofGroup]) => (
        <tbody key={group}>
          <tr className="group">
            <th scope="rowgroup" colSpan={2}>
              {group}
            </th>
          </tr>
          {ofGroup.map(({ name, description, deprecated, versions }) => (
            <tr key={name}>
              <td>
                <span className="with-mark">
                  <Link to="/event-types/$name" params={{ name }} className="row-link">
                    {name}
                  </Link>
                  {deprecated && <Badge tone="held">{texts.deprecated}</Badge>}
                </span>
                {description !== '' && <span className="sub">{description}</span>}
              </td>
              <td className="number">{versions.map(({ version }) => version).join(', ') || '–'}</td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}
