import { defineConfig } from 'vitest/config';

/**
 * Unit tests stand beside the source; the other layers under test/. The Temporal bridge is native and not
 * safe in worker threads, so every file runs in a process of its own.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'scripts/**/*.test.ts'] } },
      ...['contract', 'workflow', 'replay', 'integration', 'e2e'].map((layer) => ({
        extends: true as const,
        test: { name: layer, include: [`test/${layer}/**/*.test.ts`] },
      })),
    ],
  },
});
