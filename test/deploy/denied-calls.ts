const DENIED = /assumed-role\/([\w-]+)\/\S* is not authorized to perform: ([\w:]+)(?: on resource: ([^\s"\\,]+))?/g;

/** What roles were denied, as the functions logged it: each once, with its role. */
export function deniedCalls(log: string): string[] {
  const calls = log.matchAll(DENIED).map(([, role, action, resource]) => {
    return `${role}: ${action}${resource === undefined ? '' : ` on ${resource}`}`;
  });
  return [...new Set(calls)].toSorted();
}
