import { ok } from '@postrider/client';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.ts';
import { useEndpointName } from '../../api/endpoint-names.ts';
import { jobsQuery } from '../../api/queries.ts';
import type { Job } from '../../api/types.ts';
import { AutoRefresh, useRefreshMs, whileOnePage } from '../../components/AutoRefresh.tsx';
import { Button } from '../../components/Button.tsx';
import { List } from '../../components/List.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Empty, Refused } from '../../components/States.tsx';
import { Badge } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { words } from '../../words/words.ts';

const TONES = { running: 'busy', completed: 'good', cancelled: 'quiet', failed: 'bad' } as const;

/** What sends many deliveries again in the background. */
export function JobList() {
  const refreshMs = useRefreshMs();
  const query = useInfiniteQuery({ ...jobsQuery, refetchInterval: whileOnePage(refreshMs) });
  const texts = words.jobs;
  return (
    <>
      <PageHead title={texts.title} intro={texts.intro}>
        <AutoRefresh
          refresh={() => void query.refetch()}
          isFetching={query.isFetching}
          pages={query.data?.pages.length ?? 0}
        />
      </PageHead>
      <List query={query} empty={<Empty {...texts.empty} />}>
        {(items) => (
          <table className="rows jobs">
            <thead>
              <tr>
                <th scope="col">{texts.columns.job}</th>
                <th scope="col">{texts.columns.status}</th>
                <th scope="col" className="number">
                  {texts.columns.time}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((job) => (
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
  const queries = useQueryClient();
  const endpoint = useEndpointName(job.endpoint_id ?? undefined);
  const cancel = useMutation({
    mutationFn: () => ok(api.POST('/v1/jobs/{id}/cancel', { params: { path: { id: job.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const texts = words.jobs;
  return (
    <tr>
      <td>
        <strong>{texts.kinds[job.kind]}</strong>
        <span className="sub">
          {[job.endpoint_id !== null && endpoint, job.created_by?.name].filter(Boolean).join(' · ')}
        </span>
      </td>
      <td>
        <span className="status">
          <Badge tone={TONES[job.status]}>{texts.status[job.status]}</Badge>
          <span className="reason">{texts.progress(job.sent, job.skipped, job.expected)}</span>
          {job.error !== null && <span className="reason">{job.error}</span>}
        </span>
        {job.status === 'running' && (
          <Button isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
            {texts.cancel}
          </Button>
        )}
        <Refused fault={cancel.error} />
      </td>
      <td className="number">
        <Time at={job.created_at} />
      </td>
    </tr>
  );
}
