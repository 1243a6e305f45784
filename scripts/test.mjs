// npm test: builds, makes sure of the real programs that the tests need, and runs every test.
// Arguments go to vitest, e.g. `npm test -- test/contract` or `npm test -- --project unit`; but `--without chromium,postgresql`
// leaves out the test files that need these programs (as PLUMBLINE_TEST_WITHOUT does), and nothing else does.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { without, rest } = partsLeftOut(process.argv.slice(2));
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
  PLUMBLINE_TEST_WITHOUT: [process.env.PLUMBLINE_TEST_WITHOUT, ...without].filter(Boolean).join(','),
};
const step = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

step('node', ['scripts/build.mjs']);
step('node', ['test/support/prepare.ts']);
step('vitest', ['run', ...rest]);

/** Takes `--without NAMES` and `--without=NAMES` out of the arguments. */
function partsLeftOut(args) {
  const without = [];
  const rest = [];
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--without') without.push(args[(at += 1)] ?? '');
    else if (args[at].startsWith('--without=')) without.push(args[at].slice('--without='.length));
    else rest.push(args[at]);
  }
  return { without, rest };
}
