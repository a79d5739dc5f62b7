import type { JobCursor, JobScope } from './job.ts';
import type { PagePorts, PageResult } from './page.ts';
import { replayMissingPage } from './replay-missing.ts';
import { resendEndedPage } from './resend-ended.ts';

/** Processes one page of a job's walk. @throws JobCannotRun */
export function pageOf(job: JobScope, cursor: JobCursor, ports: PagePorts): Promise<PageResult> {
  switch (job.kind) {
    case 'recover':
    case 'redrive':
      return resendEndedPage(job, cursor, ports);
    case 'replay_missing':
      return replayMissingPage(job, cursor, ports);
  }
}
