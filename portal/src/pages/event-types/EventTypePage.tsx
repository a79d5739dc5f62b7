import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { eventTypeTextsQuery } from '../../api/queries.ts';
import { ExactText } from '../../components/ExactText.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { Badge } from '../../components/Status.tsx';
import { Samples } from '../../features/samples/Samples.tsx';
import { words } from '../../words/words.ts';

const page = getRouteApi('/event-types/$name');

/** One event type: its versions, newest first, each with its example and its schema as they were written. */
export function EventTypePage() {
  const { name } = page.useParams();
  const { data: type, error, refetch } = useQuery(eventTypeTextsQuery(name));
  const texts = words.eventTypes;
  if (type === undefined) return error ? <Failed fault={error} again={() => void refetch()} /> : <Loading />;
  return (
    <>
      <p className="crumb">
        <Link to="/event-types">{texts.title}</Link>
      </p>
      <PageHead title={name} {...(type.description !== '' && { intro: type.description })}>
        <Link to="/events" search={{ type: name }} className="button">
          {texts.events}
        </Link>
      </PageHead>
      {(type.isDeprecated || type.group !== null) && (
        <p className="health">
          {type.isDeprecated && (
            <>
              <Badge tone="held">{texts.deprecated}</Badge>
              <span>{texts.deprecatedAdvice}</span>
            </>
          )}
          {type.group !== null && (
            <span className="quiet">
              {texts.group}: {type.group}
            </span>
          )}
        </p>
      )}
      {type.versions.toReversed().map(({ version, example, schema }, index) => (
        <section className="card" key={version} aria-label={texts.version(version)}>
          <div className="card-head">
            <h2>{texts.version(version)}</h2>
            {index === 0 && type.versions.length > 1 && <Badge tone="good">{texts.current}</Badge>}
          </div>
          <h3>{texts.example}</h3>
          {example === 'null' ? (
            <p className="quiet">{texts.noExample}</p>
          ) : (
            <ExactText
              text={example}
              label={`${texts.example} ${version}`}
              fileName={`${name}.${version}.json`}
              isIndented
            />
          )}
          <h3>{texts.schema}</h3>
          {schema === 'null' ? (
            <p className="quiet">{texts.anyData}</p>
          ) : (
            <ExactText
              text={schema}
              label={`${texts.schema} ${version}`}
              fileName={`${name}.${version}.schema.json`}
              isIndented
            />
          )}
        </section>
      ))}
      <section className="card" aria-label={texts.code}>
        <div className="card-head">
          <h2>{texts.code}</h2>
        </div>
        <Samples type={name} />
      </section>
    </>
  );
}
