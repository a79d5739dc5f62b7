import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEndpointName } from '../../api/endpoint-names.ts';
import { jobsQuery } from '../../api/queries.ts';
import type { Job } from '../../api/types.ts';
import { AutoRefresh, useRefreshMs, whileOnePage } from '../../components/AutoRefresh.tsx';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty } from '../../components/States.tsx';
import { Time } from '../../components/Time.tsx';
import { JobProgress } from '../../features/resend/JobProgress.tsx';
import { words } from '../../words/words.ts';
import { CancelButton } from './CancelButton.tsx';

/** What sends many deliveries again in the background. */
export function JobList() {
  const refreshMs = useRefreshMs();
  const query = useInfiniteQuery({ ...jobsQuery, refetchInterval: whileOnePage(refreshMs) });
  const texts = words.jobs;
  const empty = (
    <Empty title={texts.empty.title} body={texts.empty.body}>
      <Link to="/endpoints" className="button">
        {texts.empty.action}
      </Link>
    </Empty>
  );
  return (
    <>
      <PageHead title={texts.title} intro={texts.intro}>
        <AutoRefresh
          refresh={() => void query.refetch()}
          isFetching={query.isFetching}
          pages={query.data?.pages.length ?? 0}
        />
      </PageHead>
      <List query={query} empty={empty}>
        {(pages) => (
          <table className="rows jobs">
            <thead>
              <tr>
                <th scope="col">{texts.columns.job}</th>
                <th scope="col">{texts.columns.progress}</th>
                <th scope="col" className="number">
                  {texts.columns.time}
                </th>
              </tr>
            </thead>
            <tbody>
              {pages.flat().map((job) => (
                <Row key={job.id} job={job} />
              ))}
            </tbody>
          </table>
        )}
      </List>
    </>
  );
}

function Row({ job }: { job: Job }) {
  const endpoint = useEndpointName(job.endpoint_id ?? undefined);
  const texts = words.jobs;
  return (
    <tr>
      <td>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="row-link">
          {texts.kinds[job.kind]}
        </Link>
        <span className="sub">
          {[job.endpoint_id === null ? texts.allEndpoints : endpoint, job.type, job.created_by?.name]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </td>
      <td>
        <JobProgress job={job} />
        <CancelButton job={job} />
      </td>
      <td className="number">
        <Time at={job.created_at} />
      </td>
    </tr>
  );
}
