/** A message that was set aside, as a list shows it. */
export const listedLetterExample = {
  id: 'ltr_fanout_2026-11-22_3f6b0a1c9d5e4f7a8b2c6d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a',
  queue: 'fanout',
  set_aside_on: '2026-11-22',
};

export const letterExample = {
  ...listedLetterExample,
  set_aside_at: '2026-11-22T14:05:00.120Z',
  reason: 'not_a_message',
  size_bytes: 23,
  body: '{"tenant":"acme","v":9}',
};
