import { findPython } from '../support/python.ts';
import { apiTest } from './api-test.ts';

/**
 * `npm run test:api`: a third-party tool sends thousands of requests generated from the OpenAPI document, valid and
 * invalid, alone and in chains, to a local product. Exit code 0 may also mean skipped, for the printed reason.
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
