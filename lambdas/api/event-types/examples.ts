export const eventTypeInputExample = {
  description: 'An order was placed.',
  group: 'Orders',
  deprecated: false,
  versions: [
    {
      version: '1',
      schema: {
        type: 'object',
        required: ['order_id'],
        properties: { order_id: { type: 'string', pattern: '^ord_[0-9]+$' }, amount: { type: 'number', minimum: 0 } },
      },
      example: { order_id: 'ord_98765', amount: 120.5 },
    },
  ],
};

const made = '2026-11-22T10:00:00.000Z';

export const eventTypeExample = {
  name: 'order.created',
  ...eventTypeInputExample,
  versions: eventTypeInputExample.versions.map((version) => ({ ...version, created_at: made })),
  created_at: made,
  updated_at: made,
};
