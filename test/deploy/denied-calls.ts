const DENIED = /^DENIED \S+:assumed-role\/([\w-]+)\/\S+ (\S+) (\S+)$/gm;

/** The stacks that tests make themselves: what their roles are denied, a scenario wants denied. */
const OF_TESTS = 'Postrider-test-';

/** What the product's roles were denied, as `start_ministack.py` prints it: each once, with its role. */
export function deniedCalls(log: string): string[] {
  const calls = log
    .matchAll(DENIED)
    .filter(([, role]) => !role?.startsWith(OF_TESTS))
    .map(([, role, action, resource]) => `${role}: ${action} on ${resource}`);
  return [...new Set(calls)].toSorted();
}
