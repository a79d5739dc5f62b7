import { defineConfig } from 'vitest/config';

/** The scenarios of `npm run test:deploy`, which starts what they need: see test/deploy/run.ts. */
export default defineConfig({
  test: {
    include: ['test/deploy/scenarios/**/*.scenario.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two files wait for the schedules' minute, the others run beside them one after another: the engine is slow.
    maxWorkers: 3,
  },
});
