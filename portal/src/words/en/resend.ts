import { amount } from '../format.ts';

/** Sending many deliveries again: how many first, then the job. */
export const resend = {
  resend: {
    recover: {
      title: 'Send failed ones again',
      body: 'Deliveries to this endpoint that failed or were discarded, unless they were sent again since.',
    },
    missing: {
      title: 'Send missing ones',
      body: 'Events that this endpoint wants and never got: from before it was added or subscribed, or while it was disabled.',
    },
    failed: {
      title: 'Resend failed deliveries',
      open: 'Resend failed …',
      body: 'Deliveries that failed, unless they were sent again since.',
    },
    since: 'Since',
    sinces: {
      hour: 'An hour ago',
      day: '24 hours ago',
      week: '7 days ago',
      month: '30 days ago',
      own: 'A time of your own',
    },
    time: 'Date and time',
    noTime: 'Choose a time in the past.',
    count: 'Count them',
    counted: (matched: number, isComplete: boolean) =>
      matched === 0 && isComplete
        ? 'There is none to send.'
        : `${isComplete ? '' : 'At least '}${amount(matched, 'delivery', 'deliveries')} will be sent.`,
    skipped: (skipped: number) =>
      `${amount(skipped, 'further one', 'further ones')} cannot be: the endpoint is disabled or deleted, or the payload is no longer kept.`,
    start: (matched: number, isComplete: boolean) =>
      isComplete ? `Send ${amount(matched, 'delivery', 'deliveries')}` : 'Send them all',
    toJob: 'Open the job',
    background: 'It goes on by itself when you close this.',
  },
};
