import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEndpointName } from '../../api/endpoint-names.ts';
import { jobQuery } from '../../api/queries.ts';
import type { Job } from '../../api/types.ts';
import { useRefreshMs } from '../../components/AutoRefresh.tsx';
import { CopyButton } from '../../components/CopyButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Failed, Loading } from '../../components/States.tsx';
import { Time } from '../../components/Time.tsx';
import { JobProgress } from '../../features/resend/JobProgress.tsx';
import { count } from '../../words/format.ts';
import { words } from '../../words/words.ts';
import { CancelButton } from './CancelButton.tsx';

const page = getRouteApi('/jobs/$jobId');

/** One job: what it sends, who began it, how far it is. */
export function JobPage() {
  const { jobId } = page.useParams();
  const refreshMs = useRefreshMs();
  const query = useQuery({
    ...jobQuery(jobId),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'running' ? refreshMs : false),
  });
  const { data: job, error, refetch } = query;
  const texts = words.jobs;
  return (
    <>
      <p className="crumb">
        <Link to="/jobs">{texts.title}</Link>
      </p>
      {job ? <Details job={job} /> : error ? <Failed fault={error} again={() => void refetch()} /> : <Loading />}
    </>
  );
}

function Details({ job }: { job: Job }) {
  const endpoint = useEndpointName(job.endpoint_id ?? undefined);
  const texts = words.jobs;
  const { counts, range } = texts;
  const figures = [
    ...(job.expected === null ? [] : [[counts.expected, job.expected] as const]),
    [counts.found, job.found],
    [counts.sent, job.sent],
    [counts.skipped, job.skipped],
  ] as const;
  const search = {
    ...(job.endpoint_id !== null && { endpoint: job.endpoint_id }),
    ...(job.type !== null && { type: job.type }),
  };
  return (
    <>
      <PageHead title={texts.kinds[job.kind]}>
        <CancelButton job={job} />
        <Link to="/deliveries" search={search} className="button">
          {texts.look}
        </Link>
      </PageHead>
      <section className="card" aria-label={texts.columns.progress}>
        <JobProgress job={job} isCounted />
        {job.status === 'failed' && <p className="advice">{texts.failedAdvice}</p>}
        <dl className="figures">
          {figures.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{count(value)}</dd>
            </div>
          ))}
        </dl>
        {job.skipped > 0 && <p className="hint">{texts.skippedWhy}</p>}
      </section>
      <section className="card" aria-label={words.pane.details}>
        <dl className="facts">
          <dt>{range.endpoint}</dt>
          <dd>
            {job.endpoint_id === null ? (
              texts.allEndpoints
            ) : (
              <Link to="/endpoints/$endpointId" params={{ endpointId: job.endpoint_id }}>
                {endpoint ?? job.endpoint_id}
              </Link>
            )}
          </dd>
          <dt>{range.type}</dt>
          <dd>{job.type ?? texts.allTypes}</dd>
          <dt>{range.from}</dt>
          <dd>{job.from === null ? texts.anyTime : <Time at={job.from} />}</dd>
          <dt>{range.to}</dt>
          <dd>
            <Time at={job.to} />
          </dd>
          {job.created_by !== null && (
            <>
              <dt>{texts.by}</dt>
              <dd className="breaks">{job.created_by.name}</dd>
            </>
          )}
          <dt>{texts.columns.time}</dt>
          <dd>
            <Time at={job.created_at} />
          </dd>
          <dt>{texts.updated}</dt>
          <dd>
            <Time at={job.updated_at} />
          </dd>
          <dt>{texts.id}</dt>
          <dd className="with-action">
            <span className="id">{job.id}</span>
            <CopyButton text={job.id} />
          </dd>
        </dl>
      </section>
    </>
  );
}
