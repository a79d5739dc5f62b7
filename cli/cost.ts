import { HELP, readOptions } from './cost/options.ts';
import { report } from './cost/report.ts';
import { explain } from './explain.ts';

/** `npm run cost`, see HELP. */
try {
  const options = readOptions(process.argv.slice(2));
  console.log(options === 'help' ? HELP : report(options));
} catch (fault) {
  console.error(`cost: ${explain(fault)}`);
  process.exitCode = 2;
}
