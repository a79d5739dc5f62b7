import { HELP, readOptions } from './admin-key-options.ts';
import { explain, UsageFault } from './explain.ts';
import { makeAdminKey } from './make-admin-key.ts';

/**
 * `npm run admin-key`, see HELP; `postrider admin-key` does the same. Only the key goes to standard output, so that a script can read
 * it from there.
 */
try {
  const options = readOptions(process.argv.slice(2), process.env);
  console.log(options === 'help' ? HELP : await makeAdminKey(options, console.error));
} catch (fault) {
  console.error(`admin-key: ${explain(fault)}`);
  process.exitCode = fault instanceof UsageFault ? 2 : 1;
}
