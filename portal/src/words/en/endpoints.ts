import { amount, duration, share } from '../format.ts';

/** Endpoints: the list, the page of one, its dialogs, the form. */
export const endpoints = {
  endpoints: {
    title: 'Endpoints',
    intro: 'Where your webhooks are sent.',
    add: 'Add endpoint',
    columns: { endpoint: 'Endpoint', state: 'State', types: 'Event types', day: 'Last 24 hours', rate: 'Delivered' },
    filters: { state: 'State', url: 'URL contains' },
    states: { active: 'Active', paused: 'Paused', disabled: 'Disabled' },
    empty: {
      title: 'No endpoint yet',
      body: 'An endpoint is a URL of yours that receives webhooks. Add one, and send it a test.',
    },
    filtered: { title: 'No endpoint matches these filters', body: 'Choose others, or clear them.' },
    bar: (hours: number, attempts: number, failed: number) =>
      attempts === 0
        ? `No attempts in the last ${hours === 24 ? '24 hours' : '7 days'}`
        : `Last ${hours === 24 ? '24 hours' : '7 days'}: ${amount(attempts, 'attempt', 'attempts')}, ${amount(failed, 'failed', 'failed')}`,
    day: 'All endpoints, last 24 hours',
    figures: { delivered: 'Delivered', failed: 'Failed attempts', rate: 'Success rate' },
    rate: (value: number) => share(value),
    types: (types: readonly string[]) =>
      types.includes('*')
        ? 'All events'
        : types.length <= 2
          ? types.join(', ')
          : `${types[0]} and ${types.length - 1} more`,
  },

  endpoint: {
    state: {
      active: 'Active',
      paused: 'Paused',
      disabled: 'Disabled',
    },
    circuit: {
      closed: 'Answers as it should',
      failing: (failures: number) => `${amount(failures, 'failure', 'failures')} in a row`,
      open: 'It keeps failing, so only a probe is sent from time to time',
      half_open: 'It kept failing, and a probe finds out whether it works again',
    },
    circuitShort: { open: 'Circuit open', half_open: 'Probing' },
    circuitAdvice: 'Mend the receiver, then send a test: a success closes the circuit, and what waits is sent.',
    disabledReason: {
      gone: 'It answered 410: the receiver says that it is gone for good.',
      failing: 'It failed for days without a success.',
      filter: 'Its filter takes too long on too many events.',
      manual: 'Somebody disabled it.',
    },
    disabledAdvice: 'Enable it once the receiver works again; what it missed can be sent then.',
    pausedAdvice: 'Its deliveries are held, and sent once it is resumed.',
    actions: {
      test: 'Send test',
      pause: 'Pause',
      resume: 'Resume',
      enable: 'Enable',
      disable: 'Disable',
      delete: 'Delete',
      edit: 'Edit',
      recover: 'Recover since …',
      replayMissing: 'Replay missing since …',
    },
    sections: {
      health: 'Health',
      last: 'Last deliveries',
      settings: 'Settings',
      secret: 'Signing secret',
      traffic: 'Traffic',
    },
    range: { label: 'Period', day: '24 hours', week: '7 days' },
    stats: { attempts: 'Attempts', delivered: 'Delivered', failed: 'Failed', rate: 'Success rate' },
    settings: {
      url: 'URL',
      description: 'Description',
      types: 'Event types',
      filter: 'Filter',
      noFilter: 'All events of these types',
      headers: 'Own headers',
      retries: 'Retries',
      timeout: 'Time limit',
      rateLimit: 'Rate limit',
      noRateLimit: 'None',
      perSecond: (count: number) => `${count} a second`,
      signature: 'Further signature',
      ownSignature: (header: string) => `A form of its own, in ${header}`,
      metadata: 'Metadata',
      created: 'Created',
      id: 'Endpoint id',
    },
    allDeliveries: 'All deliveries of this endpoint',
    noDeliveries: 'Nothing has been sent to it yet. Send a test.',
    schedule: (attempts: number, total: number) =>
      attempts === 1
        ? 'One attempt, no retry'
        : `${amount(attempts, 'attempt', 'attempts')} over ${duration(total)}, if each fails at once`,
    after: (ms: number) => (ms === 0 ? 'at once' : `after ${duration(ms)}`),
  },

  test: {
    title: 'Send a test event',
    body: 'It goes to this endpoint alone, signed as any other.',
    type: 'Event type',
    ownType: 'A test message',
    data: 'Payload',
    dataHint: 'JSON, sent exactly as it is written here.',
    invalid: 'This is not valid JSON yet.',
    send: 'Send test',
    sent: 'The test is on its way.',
    look: 'Look at its delivery',
  },

  secret: {
    hint: 'The receiver verifies with it that a webhook is from us. Whoever has it can forge one.',
    reveal: 'Reveal secret',
    hide: 'Hide',
    revealed: 'Signing secret',
    copy: 'Copy secret',
    masked: 'whsec_••••••••••••••••',
    rotate: 'Rotate secret',
    rotateBody:
      'A new secret signs from now on. The old one signs too until it ends, so that you can change the receiver without a gap.',
    overlap: 'The old secret ends',
    overlaps: { now: 'At once', hour: 'In an hour', day: 'In 24 hours', week: 'In 7 days' },
    rotated: 'The secret was rotated.',
    verify: 'How to verify a webhook',
    previous: (until: string) => `The former secret signs until ${until}.`,
  },

  remove: {
    title: 'Delete this endpoint?',
    body: 'It gets nothing more, and deliveries that wait for it are discarded. This cannot be undone.',
    confirm: 'Delete endpoint',
  },

  form: {
    newTitle: 'Add an endpoint',
    editTitle: 'Edit endpoint',
    url: 'URL',
    urlHint: 'Where webhooks are sent by POST, such as https://example.com/webhooks.',
    description: 'Description',
    types: 'Event types',
    typesHint: 'Choose what it receives.',
    allTypes: 'All events',
    chosenTypes: 'Only these',
    findTypes: 'Find a type',
    otherTypes: 'Other types or patterns',
    otherTypesHint: 'Separated by commas; order.* stands for all that begin with order.',
    noTypes: 'Choose at least one type, or all events.',
    advanced: 'Advanced settings',
    filter: 'Filter',
    filterHint: 'A JMESPath expression, such as data.amount > `100`. Empty: all events.',
    rateLimit: 'Most requests a second',
    rateLimitHint: 'Empty: no limit.',
    timeout: 'Time limit for an answer, in seconds',
    attempts: 'Attempts in all',
    initialDelay: 'Seconds until the first retry',
    factor: 'Factor by which waits grow',
    maxDelay: 'Longest wait, in seconds',
    retryOn: 'What is retried',
    retryOnAll: 'Every failure except 410',
    retryOnTransient: 'Only what a retry can change',
    signature: 'Further signature',
    ownSignature: 'A form of its own',
    signatures: {
      standard: 'None',
      simple: 'X-Webhook-Signature',
      github: "GitHub's",
      stripe: "Stripe's",
      svix: "Svix's",
      convoy: "Convoy's, simple",
      'convoy-advanced': "Convoy's, advanced",
      outpost: "Outpost's",
    },
    headers: 'Own headers',
    headersHint: 'One a line, Name: value. Values are kept secret and shown as [set], which keeps them.',
    invalidHeader: (line: string) => `This line is no header: ${line}`,
    create: 'Add endpoint',
    created: 'The endpoint was added',
    createdBody: 'Give the receiver its signing secret now, then send a test.',
    toEndpoint: 'To the endpoint',
  },
};
