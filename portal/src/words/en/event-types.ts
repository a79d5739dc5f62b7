/** Event types. */
export const eventTypes = {
  eventTypes: {
    title: 'Event types',
    intro: 'What may be sent to you.',
    columns: { name: 'Name', versions: 'Versions' },
    filters: { find: 'Find' },
    empty: {
      title: 'No event types are described yet',
      body: 'Events may still be sent: look at Events for those so far.',
      action: 'To the events',
    },
    filtered: {
      title: 'No event type matches',
      body: 'Part of a name or a description is enough. Clear the field to see all.',
    },
    moreToFind: 'Only the types that are loaded were searched.',
    deprecated: 'Deprecated',
    deprecatedAdvice: 'It will end. It is still delivered: move to another type in time.',
    group: 'Group',
    example: 'Example',
    schema: 'Schema',
    version: (version: string) => `Version ${version}`,
    current: 'Current',
    noExample: 'It has no example.',
    anyData: 'It may have any data.',
    code: 'Receive it',
    events: 'Events of this type',
  },
};
