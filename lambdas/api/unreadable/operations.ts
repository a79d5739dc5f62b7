import * as z from 'zod';
import { noBody, noQuery, pageQuery } from '../common-schemas.ts';
import { operation } from '../operation.ts';
import { letterExample, listedLetterExample } from './examples.ts';
import { letterAnswer, letterPage } from './schemas.ts';

const plain = { method: 'get', tag: 'Unreadable messages', role: 'admin', body: noBody, bodyIs: 'none' } as const;

export const listUnreadable = operation({
  ...plain,
  name: 'listUnreadable',
  path: '/v1/unreadable',
  summary: 'List messages that could not be processed',
  description:
    'Messages with accepted events that no retry could fan out. They were moved out of their dead-letter queue, and are kept as long as events. By queue, the oldest day first. They may hold events of any tenant: a key must be bound to none.',
  query: z.strictObject(pageQuery),
  success: {
    status: 200,
    description: 'A page of messages, without their bodies.',
    schema: letterPage,
    example: { data: [listedLetterExample], next: null },
  },
});

export const getUnreadable = operation({
  ...plain,
  name: 'getUnreadable',
  path: '/v1/unreadable/{id}',
  id: 'ltr',
  summary: 'Read a message that could not be processed',
  description: 'With its body and the reason. A key must be bound to no tenant.',
  query: noQuery,
  success: { status: 200, description: 'The message.', schema: letterAnswer, example: letterExample },
});
