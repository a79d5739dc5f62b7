import { useQuery } from '@tanstack/react-query';
import { tenantStatsQuery } from '../../api/queries.ts';
import { count } from '../../words/format.ts';
import { words } from '../../words/words.ts';

/** How the last 24 hours went for all endpoints together. It has its place before its numbers are there: nothing moves. */
export function Overview() {
  const { data: stats } = useQuery(tenantStatsQuery);
  const texts = words.endpoints;
  const total = stats?.total;
  const figures = [
    [texts.figures.delivered, total && count(total.delivered)],
    [texts.figures.failed, total && count(total.failed)],
    [texts.figures.rate, total?.success_rate == null ? undefined : texts.rate(total.success_rate)],
  ] as const;
  return (
    <section className="overview" aria-label={texts.day}>
      <h2>{texts.day}</h2>
      <dl className="figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
