const DENIED = /^DENIED \S+:assumed-role\/([\w-]+)\/\S+ (\S+) (\S+)$/gm;

/** The stacks that tests create: a scenario expects calls of their roles to be denied. */
const OF_TESTS = 'Postrider-test-';

/** The denied calls of the product's roles, as `start_ministack.py` prints them: each once, with its role. */
export function deniedCalls(log: string): string[] {
  const calls = log
    .matchAll(DENIED)
    .filter(([, role]) => !role?.startsWith(OF_TESTS))
    .map(([, role, action, resource]) => `${role}: ${action} on ${resource}`);
  return [...new Set(calls)].toSorted();
}
