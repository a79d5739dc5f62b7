import { runWithPython } from '../support/python-run.ts';
import { deployTest } from './deploy-test.ts';

/**
 * `npm run test:deploy`: the real `cdk bootstrap` and `cdk deploy` into a third-party engine with IAM enforced, then
 * scenarios against the deployment.
 */
await runWithPython({
  name: 'test:deploy',
  tool: 'MiniStack',
  passed: 'passed, and no role was denied anything',
  run: deployTest,
});
