import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAct } from '../../api/act.ts';
import { jobQuery } from '../../api/queries.ts';
import type { DryRun, Job } from '../../api/types.ts';
import { Button } from '../../components/Button.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Field } from '../../components/Field.tsx';
import { Refused } from '../../components/States.tsx';
import { words } from '../../words/words.ts';
import { JobProgress } from './JobProgress.tsx';

const HOUR_MS = 3_600_000;
const SPANS_MS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS } as const;
type Span = keyof typeof SPANS_MS | 'own';
const SPANS = ['hour', 'day', 'week', 'month', 'own'] as const satisfies readonly Span[];

/** How often the progress of a running job is read. */
const PROGRESS_MS = 1_000;

/** The answer of an operation that counts or starts, by `dry_run`. */
type Answer = DryRun | Job;

interface Props {
  readonly title: string;
  readonly body: string;
  /** What is chosen already, by name. */
  readonly scope?: readonly (readonly [string, string])[];
  /** The span that it begins with. */
  readonly first: Span;
  /** Counts what would be sent, and sends nothing. */
  readonly count: (since: string) => Promise<Answer>;
  readonly start: (since: string) => Promise<Answer>;
  readonly onClose: () => void;
}

/** Sends many deliveries again: how many comes first, and nothing is sent before somebody has read it. */
export function ResendDialog({ title, body, scope = [], first, count, start, onClose }: Props) {
  const queries = useQueryClient();
  const [span, setSpan] = useState(first);
  const [own, setOwn] = useState('');
  const [isInvalid, setInvalid] = useState(false);
  const counting = useAct({
    mutationFn: async (since: string) => ({ since, run: await count(since) }),
  });
  const starting = useAct({
    mutationFn: start,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const texts = words.resend;
  const counted = counting.data !== undefined && 'matched' in counting.data.run ? counting.data : undefined;
  const result = counted !== undefined && 'matched' in counted.run ? counted.run : undefined;
  // Another range is another count.
  const change = () => {
    setInvalid(false);
    counting.reset();
    starting.reset();
  };
  if (starting.data !== undefined && 'id' in starting.data) {
    return (
      <Dialog title={title} onClose={onClose}>
        <Started job={starting.data} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{body}</p>
      {scope.length > 0 && (
        <dl className="facts">
          {scope.map(([label, value]) => (
            <div key={label} className="fact">
              <dt>{label}</dt>
              <dd className="breaks">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (counted && result && result.matched > 0) return starting.mutate(counted.since);
          const since = sinceOf(span, own);
          setInvalid(since === undefined);
          if (since !== undefined) counting.mutate(since);
        }}
      >
        <Field label={texts.since}>
          {(names) => (
            <select
              {...names}
              value={span}
              onChange={({ target }) => {
                setSpan(SPANS.find((one) => one === target.value) ?? first);
                change();
              }}
            >
              {SPANS.map((one) => (
                <option key={one} value={one}>
                  {texts.sinces[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        {span === 'own' && (
          <Field label={texts.time} error={isInvalid ? texts.noTime : undefined}>
            {(names) => (
              <input
                {...names}
                type="datetime-local"
                value={own}
                onChange={({ target }) => {
                  setOwn(target.value);
                  change();
                }}
              />
            )}
          </Field>
        )}
        <div role="status">
          {result && (
            <>
              <p>
                <strong>{texts.counted(result.matched, result.complete)}</strong>
              </p>
              {result.skipped > 0 && <p className="hint">{texts.skipped(result.skipped)}</p>}
            </>
          )}
        </div>
        <Refused fault={counting.error ?? starting.error} />
        <div className="actions">
          <Button type="submit" kind="primary" isBusy={counting.isPending || starting.isPending}>
            {result && result.matched > 0 ? texts.start(result.matched, result.complete) : texts.count}
          </Button>
          <Button onClick={onClose}>{words.common.cancel}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The beginning of a range; undefined unless it is a time in the past. */
function sinceOf(span: Span, own: string): string | undefined {
  if (span !== 'own') return new Date(Date.now() - SPANS_MS[span]).toISOString();
  const atMs = Date.parse(own);
  return atMs < Date.now() ? new Date(atMs).toISOString() : undefined;
}

/** The job's progress, for as long as somebody looks. */
function Started({ job, onClose }: { job: Job; onClose: () => void }) {
  const { data = job } = useQuery({
    ...jobQuery(job.id),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'running' ? PROGRESS_MS : false),
  });
  const texts = words.resend;
  return (
    <>
      <JobProgress job={data} />
      {data.status === 'running' && <p className="hint">{texts.background}</p>}
      <div className="actions">
        <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="button primary">
          {texts.toJob}
        </Link>
        <Button onClick={onClose}>{words.common.close}</Button>
      </div>
    </>
  );
}
