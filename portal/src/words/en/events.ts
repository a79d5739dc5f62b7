/** Events. */
export const events = {
  events: {
    title: 'Events',
    intro: 'What was published, whoever wants it.',
    columns: { event: 'Event', size: 'Size', matched: 'Endpoints', deliveries: 'Deliveries', time: 'Accepted' },
    filters: { type: 'Event type', key: 'Idempotency key' },
    empty: { title: 'No events yet', body: 'They appear here as soon as one is published for you.' },
    filtered: { title: 'No event matches these filters', body: 'Choose others, or clear them.' },
    notice: 'Notice',
    noticeHint: 'Sent by this service itself: it tells your own systems what became of your endpoints and deliveries.',
    name: (type: string) => `Event ${type}`,
    close: 'Close the event',
    deliveries: 'Its deliveries',
    noDeliveries: 'No endpoint wanted it.',
    pending: 'being sent',
    id: 'Event id',
    version: 'Version',
    metadata: 'Metadata',
    resource: 'Resource',
  },
};
