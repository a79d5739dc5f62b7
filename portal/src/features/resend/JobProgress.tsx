import type { Job } from '../../api/types.ts';
import { Badge } from '../../components/Status.tsx';
import { words } from '../../words/words.ts';

const TONES = { running: 'busy', completed: 'good', cancelled: 'quiet', failed: 'bad' } as const;

/**
 * How far a job is: its status, a bar as long as it runs, what it sent and what it could not.
 * @param isCounted whether the numbers stand elsewhere
 */
export function JobProgress({ job, isCounted = false }: { job: Job; isCounted?: boolean }) {
  const { status, expected, found, sent, skipped, error } = job;
  const texts = words.jobs;
  return (
    <div className="job-progress">
      <Badge tone={TONES[status]}>{texts.status[status]}</Badge>
      {status === 'running' &&
        (expected === null || expected === 0 ? (
          // Without a value, it says that nobody knows how far it is.
          <progress aria-label={texts.bar} />
        ) : (
          // More may be found than was counted when it began.
          <progress aria-label={texts.bar} max={Math.max(expected, found)} value={found} />
        ))}
      {status === 'running' && expected !== null && <span className="reason">{texts.progressOf(found, expected)}</span>}
      {!isCounted && <span className="reason">{texts.progress(sent, skipped)}</span>}
      {error !== null && <span className="reason breaks">{error}</span>}
    </div>
  );
}
