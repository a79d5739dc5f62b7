const DENIED = /^DENIED \S+:assumed-role\/([\w-]+)\/\S+ (\S+) (\S+)$/gm;

/** The stacks that tests and `npm run confirm` create: they expect calls of their roles to be denied. */
const OF_TESTS = /^Postrider-(test|confirm)-/;

/** The denied calls of the product's roles, as `start_ministack.py` prints them: each once, with its role. */
export function deniedCalls(log: string): string[] {
  const calls = log
    .matchAll(DENIED)
    .filter(([, role]) => !OF_TESTS.test(role ?? ''))
    .map(([, role, action, resource]) => `${role}: ${action} on ${resource}`);
  return [...new Set(calls)].toSorted();
}
