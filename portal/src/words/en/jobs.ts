import { amount } from '../format.ts';

/** Jobs. */
export const jobs = {
  jobs: {
    title: 'Jobs',
    intro: 'Sending many deliveries again, in the background.',
    columns: { job: 'Job', status: 'Status', progress: 'Progress', time: 'Started' },
    kinds: { recover: 'Failed ones again', replay_missing: 'Missing ones', redrive: 'Failed ones again, in bulk' },
    status: { running: 'Running', completed: 'Done', cancelled: 'Cancelled', failed: 'Failed' },
    progress: (sent: number, skipped: number) =>
      [amount(sent, 'sent', 'sent'), ...(skipped === 0 ? [] : [amount(skipped, 'skipped', 'skipped')])].join(', '),
    progressOf: (found: number, expected: number) =>
      `${amount(found, 'found', 'found')} of ${amount(expected, 'expected', 'expected')}`,
    bar: 'Progress of the job',
    cancel: 'Cancel job',
    allEndpoints: 'All endpoints',
    allTypes: 'All types',
    anyTime: 'Any time',
    range: { endpoint: 'Endpoint', type: 'Event type', from: 'Since', to: 'Until' },
    counts: { expected: 'Expected', found: 'Found', sent: 'Sent', skipped: 'Skipped' },
    by: 'Started by',
    updated: 'Last progress',
    id: 'Job id',
    skippedWhy:
      'Skipped: its endpoint is disabled or deleted, its payload is gone or about to be, or its filter takes too long.',
    failedAdvice: 'What was sent stays sent. Start another one for the rest.',
    look: 'Look at the deliveries',
    empty: {
      title: 'No jobs yet',
      body: 'A job starts when you send failed or missing deliveries of an endpoint again.',
      action: 'To the endpoints',
    },
  },
};
