import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useId } from 'react';
import { statsQuery } from '../../api/queries.ts';
import { Bars } from '../../components/Bars.tsx';
import { SelectFilter } from '../../components/Filter.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { count, duration, share } from '../../words/format.ts';
import { words } from '../../words/words.ts';

const page = getRouteApi('/endpoints/$endpointId');

/** What was sent to an endpoint, by hour, and how long its answers took. */
export function Traffic({ id }: { id: string }) {
  const { range } = page.useSearch();
  const navigate = page.useNavigate();
  const hours = range === '7d' ? 168 : 24;
  const { data: stats, error, refetch } = useQuery(statsQuery(id, hours));
  const name = useId();
  const texts = words.endpoint;
  const facts = stats && [
    [texts.stats.attempts, count(stats.total.attempts)],
    [texts.stats.failed, count(stats.total.failed)],
    [texts.stats.rate, stats.total.success_rate === null ? '–' : share(stats.total.success_rate)],
    ...(['p50', 'p95', 'p99'] as const).map((name) => {
      const ms = stats.total.latency_ms[name];
      return [name, ms === null ? '–' : duration(ms)] as const;
    }),
  ];
  return (
    <section className="card" aria-labelledby={name}>
      <div className="card-head">
        <h2 id={name}>{texts.sections.traffic}</h2>
        <SelectFilter
          label={texts.range.label}
          value={range}
          options={[
            [undefined, texts.range.day],
            ['7d', texts.range.week],
          ]}
          onChange={(next) => void navigate({ search: { range: next }, replace: true })}
        />
      </div>
      {stats && facts ? (
        <>
          <Bars stats={stats} hours={hours} />
          <dl className="figures">
            {facts.map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : error ? (
        <Failed fault={error} again={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </section>
  );
}
