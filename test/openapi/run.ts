import { findPython } from '../support/python.ts';
import { apiTest } from './api-test.ts';

/**
 * `npm run test:api`: thousands of requests made from the OpenAPI document, valid and invalid, alone and in chains, to a
 * local product, by a tool that nobody here wrote. Exit code 0 also says: skipped, for the reason that is printed.
 */
const say = (line: string) => console.log(`test:api: ${line}`);

const python = findPython();
if (python === undefined) {
  say('SKIPPED: schemathesis needs Python 3.10 or later with venv, and there is none on the PATH');
} else {
  const calledOff = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => calledOff.abort(new Error(`Called off by ${signal}.`)));
  }
  try {
    await apiTest({ python, say, signal: calledOff.signal });
    say('passed: no server error, and nothing that the document does not say');
  } catch (fault) {
    say(`FAILED: ${fault instanceof Error ? fault.message : String(fault)}`);
    process.exitCode = 1;
  }
}
