/** What most event types of tests say of themselves. */
export const PLAIN = { description: '', group: null, deprecated: false };
