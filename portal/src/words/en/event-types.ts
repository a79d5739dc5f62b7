/** Event types. */
export const eventTypes = {
  eventTypes: {
    title: 'Event types',
    intro: 'What may be sent to you.',
    columns: { name: 'Name', description: 'Description', versions: 'Versions' },
    empty: {
      title: 'No event types are described yet',
      body: 'Events may still be sent: look at Events for those so far.',
    },
    example: 'Example',
    schema: 'Schema',
    version: (version: string) => `Version ${version}`,
    noExample: 'It has no example.',
    anyData: 'It may have any data.',
  },
};
