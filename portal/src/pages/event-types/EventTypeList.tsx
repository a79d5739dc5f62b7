import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { eventTypePagesQuery } from '../../api/queries.ts';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { words } from '../../words/words.ts';

/** The catalogue: what may be sent, described by whoever publishes it. */
export function EventTypeList() {
  const query = useInfiniteQuery(eventTypePagesQuery);
  const texts = words.eventTypes;
  return (
    <>
      <PageHead title={texts.title} intro={texts.intro} />
      <List query={query} empty={<Empty {...texts.empty} />}>
        {(items) => (
          <table className="rows types">
            <thead>
              <tr>
                <th scope="col">{texts.columns.name}</th>
                <th scope="col" className="number">
                  {texts.columns.versions}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ name, description, versions }) => (
                <tr key={name}>
                  <td>
                    <Link to="/event-types/$name" params={{ name }} className="row-link">
                      {name}
                    </Link>
                    {description !== '' && <span className="sub">{description}</span>}
                  </td>
                  <td className="number">{versions.map(({ version }) => version).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </List>
    </>
  );
}
