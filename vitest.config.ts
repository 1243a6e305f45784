import { configDefaults, defineConfig } from 'vitest/config';
import { filesLeftOut } from './test/support/left-out.ts';

/** Each layer's bound of one test, in ms. They end what hangs and measure nothing: real programs on a busy machine are slow. */
const LAYERS = { contract: 60_000, workflow: 120_000, replay: 60_000, integration: 120_000, e2e: 300_000 };

/** What all files of a layer share, made once for a run. */
const SETUPS: Record<string, string[]> = {
  contract: ['test/support/kube-shared.ts'],
  e2e: ['test/support/build.ts', 'test/support/kube-shared.ts'],
  workflow: ['test/support/workflow-bundle.ts', 'test/support/kube-shared.ts'],
  replay: ['test/support/workflow-bundle.ts'],
  integration: ['test/support/workflow-bundle.ts', 'test/support/kube-shared.ts'],
};

/**
 * Unit tests stand beside the source; the other layers under test/. The Temporal bridge is native and not
 * safe in worker threads, so every file runs in a process of its own. Files are left out only when somebody says by name
 * which real part is not there, see test/support/left-out.ts.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    maxWorkers: 2,
    exclude: [...configDefaults.exclude, ...filesLeftOut(process.env['PLUMBLINE_TEST_WITHOUT'])],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'scripts/**/*.test.ts'] },
      },
      ...Object.entries(LAYERS).map(([name, testTimeout]) => ({
        extends: true as const,
        test: {
          name,
          testTimeout,
          include: [`test/${name}/**/*.test.ts`],
          globalSetup: SETUPS[name] ?? [],
        },
      })),
    ],
  },
});
