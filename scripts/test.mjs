// npm test: builds, makes sure of the real programs that the tests need, and runs every test.
// Arguments go to vitest, e.g. `npm test -- test/contract` or `npm test -- --project unit`.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
const step = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

step('node', ['scripts/build.mjs']);
step('node', ['test/support/prepare.ts']);
step('vitest', ['run', ...process.argv.slice(2)]);
