import { defineConfig } from 'vitest/config';

const endToEnd = 'test/e2e/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [endToEnd], sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        // After the others, which they would starve: each file runs a whole product. Two at once, since they mostly wait.
        test: { name: 'e2e', include: [endToEnd], maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
