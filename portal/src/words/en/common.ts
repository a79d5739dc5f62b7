/** What is on every page. */
export const common = {
  product: 'Webhooks',

  skipToContent: 'Skip to content',

  mainNavigation: 'Main',

  nav: {
    endpoints: 'Endpoints',
    deliveries: 'Deliveries',
    events: 'Events',
    eventTypes: 'Event types',
    jobs: 'Jobs',
    help: 'Help',
  },

  theme: { label: 'Theme', system: 'System theme', light: 'Light theme', dark: 'Dark theme' },

  returnTo: (host: string) => `Back to ${host}`,

  common: {
    loading: 'Loading …',
    retry: 'Try again',
    loadMore: 'Load more',
    lookFurther: 'Look further back',
    nothingSoFar: 'Nothing found in the newest part of the list.',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Select the text and copy it',
    download: 'Download',
    close: 'Close',
    cancel: 'Cancel',
    save: 'Save changes',
    delete: 'Delete',
    edit: 'Edit',
    none: 'None',
    all: 'All',
    clearFilters: 'Clear filters',
    filters: 'Filters',
    showAll: (size: string) => `Show all of it (${size})`,
    more: 'More',
    now: 'now',
    optional: 'optional',
  },

  refresh: {
    label: 'Refresh by itself',
    on: 'Every 5 seconds',
    manyRows: 'Stops while more rows are loaded',
    now: 'Refresh now',
  },

  problems: {
    network: {
      title: 'The API cannot be reached',
      body: 'Check your connection. Deliveries go on without this page.',
    },
    forbidden: {
      title: 'Your session does not allow this',
      body: 'Whoever gave you the link decides what you may do here.',
    },
    notFound: {
      title: 'There is nothing here',
      body: 'It was deleted, is older than what is kept, or never existed.',
    },
    conflict: { title: 'That is not possible now', body: '' },
    invalid: { title: 'Something is not right yet', body: '' },
    tooMany: { title: 'Too many requests', body: 'Wait a moment, then try again.' },
    server: {
      title: 'Something went wrong on our side',
      body: 'Try again in a moment. Deliveries go on without this page.',
    },
    unknownPage: {
      title: 'There is no such page',
      body: 'The address may be mistyped, or from another version.',
      back: 'To the endpoints',
    },
  },
};
