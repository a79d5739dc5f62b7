import type { Example } from '../support/github-examples.ts';

/** The subscriptions of each endpoint. They overlap: many events match two of them, some all three. */
export const SUBSCRIPTIONS = {
  exact: {
    // An exact type does not match its sub-types, and `x.*` does not match `x`: the last two match nothing.
    event_types: [
      'github.push',
      'github.create',
      'github.issues.opened',
      'github.issues.edited',
      'github.issue_comment.created',
      'github.pull_request.opened',
      'github.pull_request.ready_for_review',
      'github.release.published',
      'github.status',
      'github.issues',
      'github.ping.*',
    ],
  },
  // One event that matches three patterns of one endpoint is still one delivery.
  wildcard: { event_types: ['github.*', 'github.issues.*', 'github.push'] },
  filter: {
    event_types: ['*'],
    filter: "data.repository.private == `false` && contains(['created', 'opened', 'completed'], data.action)",
  },
};

const EXACT = new Set(SUBSCRIPTIONS.exact.event_types.slice(0, 9));
const ACTIONS: unknown[] = ['created', 'opened', 'completed'];

/** Computed without the product's matching. */
export function isForExact({ type }: Pick<Example, 'type'>): boolean {
  return EXACT.has(type);
}

/** Computed without JMESPath. */
export function isForFilter({ payload: { action, repository } }: Pick<Example, 'payload'>): boolean {
  const isPublic =
    typeof repository === 'object' && repository !== null && 'private' in repository && repository.private === false;
  return isPublic && ACTIONS.includes(action);
}
