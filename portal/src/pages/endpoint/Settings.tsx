import { useId } from 'react';
import type { Endpoint } from '../../api/types.ts';
import { RetrySchedule } from '../../components/RetrySchedule.tsx';
import { Time } from '../../components/Time.tsx';
import { duration } from '../../words/format.ts';
import { words } from '../../words/words.ts';

export function Settings({ endpoint }: { endpoint: Endpoint }) {
  const name = useId();
  const texts = words.endpoint.settings;
  const { headers, metadata, filter, rate_limit_per_second: limit, signature_profile: profile, signature } = endpoint;
  const names = Object.keys(headers);
  const pairs = Object.entries(metadata);
  return (
    <section className="card" aria-labelledby={name}>
      <div className="card-head">
        <h2 id={name}>{words.endpoint.sections.settings}</h2>
      </div>
      <dl className="facts">
        <dt>{texts.url}</dt>
        <dd className="breaks">{endpoint.url}</dd>
        <dt>{texts.types}</dt>
        <dd>
          <ul className="tags">
            {endpoint.event_types.map((type) => (
              <li key={type}>{type === '*' ? words.endpoints.types(['*']) : type}</li>
            ))}
          </ul>
        </dd>
        <dt>{texts.filter}</dt>
        <dd>{filter === null ? texts.noFilter : <code className="breaks">{filter}</code>}</dd>
        <dt>{texts.retries}</dt>
        <dd>
          <RetrySchedule policy={endpoint.retry_policy} />
        </dd>
        <dt>{texts.timeout}</dt>
        <dd>{duration(endpoint.timeout_seconds * 1000)}</dd>
        <dt>{texts.rateLimit}</dt>
        <dd>{limit === null ? texts.noRateLimit : texts.perSecond(limit)}</dd>
        {names.length > 0 && (
          <>
            <dt>{texts.headers}</dt>
            <dd className="breaks">{names.join(', ')}</dd>
          </>
        )}
        {(profile !== 'standard' || signature !== null) && (
          <>
            <dt>{texts.signature}</dt>
            <dd className="breaks">{signature === null ? profile : texts.ownSignature(signature.header)}</dd>
          </>
        )}
        {pairs.length > 0 && (
          <>
            <dt>{texts.metadata}</dt>
            <dd className="breaks">{pairs.map(([key, value]) => `${key}: ${value}`).join(', ')}</dd>
          </>
        )}
        <dt>{texts.created}</dt>
        <dd>
          <Time at={endpoint.created_at} />
        </dd>
        <dt>{texts.id}</dt>
        <dd className="id">{endpoint.id}</dd>
      </dl>
    </section>
  );
}
