import { amount, duration } from '../format.ts';

/** Deliveries: their statuses and errors in words, the list, the pane of one. */
export const deliveries = {
  delivery: {
    status: {
      pending: 'On its way',
      retrying: 'Retrying',
      waiting: 'Waiting',
      delivered: 'Delivered',
      dead: 'Failed',
      discarded: 'Discarded',
    },
    waitsFor: {
      backoff: 'Waiting',
      circuit: 'Waits for the circuit',
      paused: 'Held by the pause',
      rate_limit: 'Waits for its turn',
    },
    next: {
      soon: 'The next attempt is due now',
      in: (ms: number) => `Next attempt in ${duration(ms)}`,
      slotIn: (ms: number) => `Over the rate limit; sent in ${duration(ms)}`,
      rateLimit: 'Over the rate limit; sent as soon as there is room',
      circuit: 'The endpoint keeps failing; sent once a probe gets through',
      probeIn: (ms: number) => `Next probe in ${duration(ms)}`,
      probeDue: 'The next probe is due now',
      paused: 'Sent once the endpoint is resumed',
      pending: 'Its first attempt is about to be made',
      delivered: (attempts: number) =>
        attempts <= 1 ? 'At the first attempt' : `After ${amount(attempts, 'attempt', 'attempts')}`,
    },
    death: {
      exhausted: (attempts: number) =>
        attempts === 1 ? 'Its only attempt failed' : `All ${amount(attempts, 'attempt', 'attempts')} failed`,
      permanent_failure: 'The answer is one that is not retried',
      gone: 'The endpoint answered 410: it is gone, and was disabled',
      expired: 'The event became too old to send',
      our_fault: 'It failed on our side, again and again',
      filter: "The endpoint's filter takes too long on this event",
    },
    deathAdvice: {
      exhausted: 'Mend the receiver, then send it again.',
      permanent_failure: 'Mend the receiver, or let it answer with a code that is retried; then send it again.',
      gone: 'If the receiver is back, enable the endpoint; then send it again.',
      expired: 'Events are kept for 30 days: fetch the data another way.',
      our_fault: 'Send it again; if it fails again, tell whoever runs this service.',
      filter: 'Simplify the filter, then send it again.',
    },
    discard: {
      endpoint_deleted: 'The endpoint was deleted',
      endpoint_disabled: 'The endpoint was disabled',
      unsubscribed: 'The endpoint no longer wants this type of event',
    },
    discardAdvice: {
      endpoint_deleted: 'Nothing can be sent to it any more.',
      endpoint_disabled: 'Enable the endpoint, then send it again.',
      unsubscribed: 'Subscribe the endpoint to the type, then send it again.',
    },
    errors: {
      dns_error: { what: 'Its host name was not found', advice: 'Check the host in the URL, and its DNS records.' },
      connection_refused: {
        what: 'The connection was refused',
        advice: 'Nothing listens on that port: is the receiver running?',
      },
      connection_reset: {
        what: 'The connection was cut before an answer',
        advice: 'Look at the log of the receiver, or of the proxy before it, at that time.',
      },
      network_unreachable: { what: 'There is no way to its address', advice: 'Check its network and DNS records.' },
      timeout: {
        what: 'No answer in time',
        advice: 'Answer first and do the work after it, or raise the time limit of the endpoint.',
      },
      tls_error: { what: 'No secure connection could be made', advice: 'Check its certificate and its whole chain.' },
      blocked_address: {
        what: 'Its address may not be called',
        advice: 'The URL leads into a private network: use a public address.',
      },
      invalid_response: {
        what: 'Its answer was not valid HTTP',
        advice: 'Look at the proxy before the receiver: headers or length are malformed.',
      },
      http_status: { what: 'It answered with an error', advice: 'Look at the log of the receiver at that time.' },
    },
    tls: {
      expired: { what: 'Its certificate has expired', advice: 'Renew the certificate.' },
      wrong_name: { what: 'Its certificate is for another name', advice: 'Get a certificate for the host in the URL.' },
      incomplete_chain: {
        what: 'Its certificate chain is incomplete',
        advice: 'Send the intermediate certificates too.',
      },
      self_signed: { what: 'Its certificate is self-signed', advice: 'Use a certificate of a public authority.' },
      protocol: { what: 'It speaks no TLS that is safe', advice: 'Offer TLS 1.2 or 1.3 on the port of the URL.' },
      client_certificate_wanted: {
        what: 'It wants a client certificate',
        advice: 'Verify the signature instead: webhooks have no client certificate.',
      },
    },
    answered: (code: number) => `Answered ${code}`,
    statusAdvice: (code: number) =>
      code === 410
        ? 'It says that it is gone for good.'
        : code === 401 || code === 403
          ? 'It refuses the request: check how it verifies the signature, and its secret.'
          : code === 404
            ? 'There is nothing at this path: check the URL of the endpoint.'
            : code === 429
              ? 'It is overloaded: set a rate limit for the endpoint.'
              : code >= 300 && code < 400
                ? 'Redirects are not followed: set the URL that it leads to.'
                : code >= 500
                  ? 'It failed: look at its log at that time.'
                  : 'It refuses the request: look at its log at that time.',
  },

  deliveries: {
    title: 'Deliveries',
    intro: 'Each event, to each endpoint that wants it.',
    columns: { event: 'Event', status: 'Status', endpoint: 'Endpoint', attempts: 'Attempts', time: 'Created' },
    filters: { status: 'Status', endpoint: 'Endpoint', type: 'Event type', period: 'Time' },
    typePlaceholder: 'order.created',
    periods: { any: 'Any time', hour: 'Last hour', day: 'Last 24 hours', week: 'Last 7 days' },
    empty: {
      title: 'No deliveries yet',
      body: 'They appear here as soon as an event is published that one of your endpoints wants.',
      action: 'Add an endpoint',
    },
    filtered: { title: 'No delivery matches these filters', body: 'Choose others, or clear them.' },
    attempts: (count: number) => amount(count, 'attempt', 'attempts'),
    deletedEndpoint: 'Deleted endpoint',
  },

  pane: {
    name: (type: string) => `Delivery ${type}`,
    close: 'Close the delivery',
    sendAgain: 'Send again',
    sendNow: 'Send now',
    sent: 'It is being sent.',
    timeline: 'Attempts',
    noAttempts: 'No attempt has been made yet.',
    olderAttempts: 'Only the newest 50 attempts are shown.',
    run: (cycle: number) => (cycle === 0 ? 'First run' : `Sent again (run ${cycle + 1})`),
    attempt: (number: number) => `Attempt ${number}`,
    details: 'Details',
    calledUrl: 'Sent to',
    otherUrl: 'The endpoint has another URL by now.',
    address: 'Address',
    answer: 'Its answer begins',
    answerOf: (number: number, cycle: number) =>
      cycle === 0 ? `Answer to attempt ${number}` : `Answer to attempt ${number} of run ${cycle + 1}`,
    answerEmpty: 'Its answer has no body.',
    payload: 'Payload',
    payloadText: 'Text of the payload',
    payloadHint: 'Exactly as it was published, byte for byte.',
    payloadGone: 'The payload is no longer kept.',
    indent: 'Indent',
    exact: 'As published',
    event: 'Event',
    endpoint: 'Endpoint',
    created: 'Created',
    deliveryId: 'Delivery id',
  },
};
