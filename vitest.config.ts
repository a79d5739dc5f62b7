import { defineConfig } from 'vitest/config';

const endToEnd = 'test/e2e/**/*.test.ts';
const inBrowser = 'test/portal/**/*.test.ts';

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [endToEnd, inBrowser],
          // By default, one core stays idle.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        // After the others, which they would starve: each file runs a whole product. Two at once, since they mostly wait.
        test: { name: 'e2e', include: [endToEnd], maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        // After those, for the same reason: all of its files share one product, and each has a browser.
        test: {
          name: 'portal',
          include: [inBrowser],
          globalSetup: 'test/portal/support/setup.ts',
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
