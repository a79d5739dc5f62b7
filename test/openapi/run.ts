import { runWithPython } from '../support/python-run.ts';
import { apiTest } from './api-test.ts';

/**
 * `npm run test:api`: a third-party tool sends thousands of requests generated from the OpenAPI document, valid and
 * invalid, alone and in chains, to a local product.
 */
await runWithPython({
  name: 'test:api',
  tool: 'schemathesis',
  passed: 'passed: no server error, and nothing that the document does not say',
  run: apiTest,
});
