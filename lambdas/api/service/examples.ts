import { SIGNATURE_SCHEME } from '../../../core/signing/described.ts';
import { eventTypeExample, eventTypeInputExample } from '../event-types/examples.ts';

export const discoveryExample = {
  name: 'Postrider',
  event_types: [
    {
      name: eventTypeExample.name,
      description: eventTypeExample.description,
      group: eventTypeExample.group,
      deprecated: eventTypeExample.deprecated,
      versions: eventTypeInputExample.versions,
    },
  ],
  next: null,
  signature: SIGNATURE_SCHEME,
  registration_url: '/v1/endpoints',
  documentation: '/openapi.json',
};
