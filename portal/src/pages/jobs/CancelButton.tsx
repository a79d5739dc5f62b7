import { ok } from '@postrider/client';
import { useQueryClient } from '@tanstack/react-query';
import { useAct } from '../../api/act.ts';
import { api } from '../../api/api.ts';
import type { Job } from '../../api/types.ts';
import { Button } from '../../components/Button.tsx';
import { Refused } from '../../components/States.tsx';
import { words } from '../../words/words.ts';

/** Ends a job that runs. */
export function CancelButton({ job: { id, status } }: { job: Job }) {
  const queries = useQueryClient();
  const cancel = useAct({
    mutationFn: () => ok(api.POST('/v1/jobs/{id}/cancel', { params: { path: { id } } })),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['jobs'] }),
        queries.invalidateQueries({ queryKey: ['job', id] }),
      ]),
  });
  return (
    <>
      {status === 'running' && (
        <Button isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          {words.jobs.cancel}
        </Button>
      )}
      <Refused fault={cancel.error} />
    </>
  );
}
