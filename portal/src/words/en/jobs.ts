import { amount } from '../format.ts';

/** Jobs. */
export const jobs = {
  jobs: {
    title: 'Jobs',
    intro: 'Sending many deliveries again, in the background.',
    columns: { job: 'Job', status: 'Status', progress: 'Progress', time: 'Started' },
    kinds: { recover: 'Failed ones again', replay_missing: 'Missing ones', redrive: 'Failed ones again, in bulk' },
    status: { running: 'Running', completed: 'Done', cancelled: 'Cancelled', failed: 'Failed' },
    progress: (sent: number, skipped: number, expected: number | null) =>
      `${amount(sent, 'sent', 'sent')}, ${amount(skipped, 'skipped', 'skipped')}${expected === null ? '' : ` of ${amount(expected, 'expected', 'expected')}`}`,
    cancel: 'Cancel job',
    empty: {
      title: 'No jobs yet',
      body: 'A job starts when you send failed or missing deliveries of an endpoint again.',
    },
    by: 'Started by',
  },
};
