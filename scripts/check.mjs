// npm run check: types, lint, format, architecture, dead code, and workflows that stay free of Node built-ins.
// All checks run, also after one has failed, so that one run shows everything.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'plumbline-check-'));
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };

const checks = [
  ['types', 'tsc', ['--noEmit', '-p', 'tsconfig.json']],
  ['types of the web UI', 'tsc', ['--noEmit', '-p', 'web/tsconfig.json']],
  ['lint', 'oxlint', ['--deny-warnings', '.']],
  ['format', 'oxfmt', ['--check', '.']],
  [
    'architecture',
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', 'src', 'web/src'],
  ],
  ['architecture has read the modules', 'node', ['scripts/check-architecture-read.mjs']],
  ['dead code', 'knip', ['--no-progress']],
  [
    'workflow bundle',
    'node',
    [
      '--input-type=module',
      '-e',
      `const { bundleWorkflows } = await import('./src/workers/bundle.ts'); await bundleWorkflows('${join(scratch, 'bundle.js')}');`,
    ],
  ],
];

const failed = [];
for (const [name, command, args] of checks) {
  const started = Date.now();
  const result = spawnSync(command, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const ok = result.status === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${String(name)} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (ok) continue;
  failed.push(name);
  console.log([result.stdout, result.stderr, result.error?.message].filter(Boolean).join('\n'));
}
rmSync(scratch, { recursive: true, force: true });
console.log(failed.length === 0 ? `All ${checks.length} checks passed.` : `Failed: ${failed.join(', ')}.`);
process.exit(failed.length === 0 ? 0 : 1);
