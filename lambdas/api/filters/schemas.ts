import * as z from 'zod';
import { endpointSettings } from '../../../core/endpoints/settings.ts';
import { eventInput } from '../../../core/events/input.ts';
import { idPattern } from '../../../core/ids.ts';
import { count, requestSchemas, responseSchemas } from '../common-schemas.ts';

/** An event to try a filter on, as a producer would send it. */
export const triedEvent = eventInput.omit({ tenant: true, idempotency_key: true });

export const filterTrial = z
  .strictObject({
    filter: endpointSettings.shape.filter.unwrap().unwrap(),
    event: triedEvent.optional().meta({ description: 'As you would publish it.' }),
    event_id: z
      .string()
      .regex(idPattern('evt'), 'Use an id that begins with evt_.')
      .optional()
      .meta({ description: 'A published event, instead of `event`.' }),
  })
  .refine(({ event, event_id: id }) => (event === undefined) !== (id === undefined), {
    error: 'Send either event or event_id.',
    path: ['event'],
  })
  .meta({ oneOf: [{ required: ['event'] }, { required: ['event_id'] }] })
  .register(requestSchemas, { id: 'FilterTrial' });

export const filterVerdict = z
  .object({
    verdict: z.enum(['match', 'no_match', 'error', 'undecided']).meta({
      description:
        '`error`: a function got a value that it does not accept, and the event does not match. `undecided`: it takes more steps than the event allows.',
    }),
    reason: z.string().nullable().meta({ description: 'Why evaluating it fails; null if it does not.' }),
    steps: count.meta({ description: 'The steps that the evaluation took.' }),
  })
  .register(responseSchemas, { id: 'FilterVerdict' });
