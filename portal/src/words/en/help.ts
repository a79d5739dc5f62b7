/** Help. */
export const help = {
  help: {
    title: 'Help',
    verify: {
      body: 'Each webhook is signed by the Standard Webhooks specification: three headers, webhook-id, webhook-timestamp and webhook-signature. Verify with a library of your language over the body as it arrived, before you parse it.',
    },
    links: 'Read more',
    answer: {
      title: 'Answer',
      body: 'Any 2xx within the time limit counts as delivered. Answer first, and do the work after it. A webhook may come twice: its webhook-id is the same then.',
    },
    retries: {
      title: 'Retries',
      body: 'Everything else is retried after growing waits, unless the endpoint says otherwise. After 410 the endpoint is disabled. By default:',
    },
    statuses: { title: 'What the statuses mean' },
    statusTexts: {
      pending: 'The first attempt is about to be made.',
      retrying: 'An attempt failed; the next one is soon.',
      waiting: 'The next attempt is later, or something holds it: a pause, the circuit, a rate limit.',
      delivered: 'The endpoint answered 2xx.',
      dead: 'It failed for good. It can be sent again.',
      discarded: 'It was not sent, because the endpoint was deleted, disabled or no longer wants the type.',
    },
  },
};
