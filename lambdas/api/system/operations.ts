import { noBody, noQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { systemExample } from './examples.ts';
import { systemAnswer } from './schemas.ts';

export const getSystem = operation({
  name: 'getSystem',
  method: 'get',
  path: '/v1/system',
  tag: 'Service',
  role: 'admin',
  summary: 'See how the installation is',
  description:
    'Queues, dead-letter queues, scheduled tasks and limits. It concerns all tenants: a key must be bound to none. `postrider doctor` judges it.',
  query: noQuery,
  body: noBody,
  bodyIs: 'none',
  success: { status: 200, description: 'How it is now.', schema: systemAnswer, example: systemExample },
});
