import { payloadGone } from '../../../core/events/event.ts';
import { noQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { filterTrial, filterVerdict } from './schemas.ts';

export const tryFilter = operation({
  name: 'tryFilter',
  method: 'post',
  path: '/v1/filters/try',
  tag: 'Endpoints',
  role: 'viewer',
  summary: 'Try a filter on an event',
  description:
    'Evaluates it as the fan-out would, on an event that you send or that was published. Nothing is stored or sent.',
  query: noQuery,
  body: filterTrial,
  bodyIs: 'required',
  bodyExample: {
    filter: 'data.amount > `100`',
    event: { type: 'order.created', data: { order_id: 'ord_98765', amount: 120 } },
  },
  success: {
    status: 200,
    description: 'What the filter says.',
    schema: filterVerdict,
    example: { verdict: 'match', reason: null, steps: 5 },
  },
  refusals: [
    { kind: 'gone', detail: payloadGone().message },
    {
      kind: 'invalid',
      detail: 'The filter is not valid: correct it.',
      errors: [{ path: 'filter', message: 'This can never match: an event has no member "amount"; use data.amount.' }],
    },
    {
      kind: 'invalid',
      detail: 'The body is not valid: correct the fields named in errors.',
      errors: [{ path: 'event_id', message: 'There is no event with this id.' }],
    },
  ],
});
