import { CASE_NAMES, type CaseName } from '../cases.ts';
import { openStage } from '../stage.ts';
import { cpuProfile, functionOf, packageOf, type Share, selfTime } from './self-time.ts';

const INVOCATIONS_MS = 4_000;

/**
 * Prints where the CPU of one case goes. It runs the handler's source, because the bundle is one minified file without
 * packages.
 */
export async function profileCase(name: string): Promise<void> {
  const wanted = CASE_NAMES.find((known): known is CaseName => known === name);
  if (wanted === undefined) throw new Error(`There is no case "${name}". Choose one of: ${CASE_NAMES.join(', ')}.`);
  const source = (lambda: string) => new URL(`../../lambdas/${lambda}/handler.ts`, import.meta.url).href;
  const stage = await openStage({ moduleOf: source });
  try {
    const one = stage.cases.find((each) => each.name === wanted);
    if (one === undefined) throw new Error(`The case "${name}" was not prepared.`);
    const lambda = stage.lambdas[one.lambda];
    const began = performance.now();
    await lambda.ask('profile', { payloads: one.payloads, times: 100 }, cpuProfile);
    const times = Math.ceil((INVOCATIONS_MS * 100) / (performance.now() - began));
    const profile = await lambda.ask('profile', { payloads: one.payloads, times }, cpuProfile);
    print(`${wanted}: self time by package`, selfTime(profile, packageOf).slice(0, 20));
    print('by function', selfTime(profile, functionOf).slice(0, 45));
  } finally {
    await stage.close();
  }
}

function print(title: string, shares: readonly Share[]): void {
  console.log(`\n${title}`);
  for (const [name, share] of shares) console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
}
