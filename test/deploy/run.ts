import { findPython } from '../support/python.ts';
import { deployTest } from './deploy-test.ts';

/**
 * `npm run test:deploy`: the real `cdk bootstrap` and `cdk deploy` into a third-party engine with IAM enforced, then
 * scenarios against the deployment. Exit code 0 may also mean skipped, for the printed reason.
 */
const say = (line: string) => console.log(`test:deploy: ${line}`);

const python = findPython();
if (python === undefined) {
  say('SKIPPED: MiniStack needs Python 3.10 or later with venv, and there is none on the PATH');
} else {
  const calledOff = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => calledOff.abort(new Error(`Called off by ${signal}.`)));
  }
  try {
    await deployTest({ python, say, signal: calledOff.signal });
    say('passed, and no role was denied anything');
  } catch (fault) {
    say(`FAILED: ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exitCode = 1;
  }
}
