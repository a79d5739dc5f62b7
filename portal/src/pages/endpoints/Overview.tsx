import { useQuery } from '@tanstack/react-query';
import { tenantStatsQuery } from '../../api/queries.ts';
import { count } from '../../words/format.ts';
import { words } from '../../words/words.ts';

/** How the last 24 hours went for all endpoints together. Without an attempt there is nothing to say. */
export function Overview() {
  const { data: stats } = useQuery(tenantStatsQuery);
  const texts = words.endpoints;
  if (stats === undefined || stats.total.attempts === 0) return null;
  const { delivered, failed, success_rate: rate } = stats.total;
  const figures = [
    [texts.figures.delivered, count(delivered)],
    [texts.figures.failed, count(failed)],
    [texts.figures.rate, rate === null ? '–' : texts.rate(rate)],
  ] as const;
  return (
    <section className="overview" aria-label={texts.day}>
      <h2>{texts.day}</h2>
      <dl className="figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
