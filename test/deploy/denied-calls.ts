const DENIED = /^DENIED \S+:assumed-role\/([\w-]+)\/\S+ (\S+) (\S+)$/gm;

/** What roles were denied, as `start_ministack.py` prints it: each once, with its role. */
export function deniedCalls(log: string): string[] {
  const calls = log.matchAll(DENIED).map(([, role, action, resource]) => `${role}: ${action} on ${resource}`);
  return [...new Set(calls)].toSorted();
}
