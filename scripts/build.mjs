// Builds dist/: compiled sources, the workflow bundle and the web UI. Only what has changed is built again.
// Safe when several processes build at once: one builds, the others wait for it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const lockDir = join(root, 'dist', '.build-lock');
const stampFile = join(root, 'dist', '.build.json');
const force = process.argv.includes('--force');

/** The parts, in order: each is built when what it reads has changed. */
const parts = [
  {
    name: 'server',
    reads: ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    run: () => run('compiling the server', join(bin, 'tsc'), ['-p', 'tsconfig.build.json']),
  },
  {
    name: 'workflows',
    reads: ['src/workflows', 'src/domain', 'package-lock.json'],
    run: () =>
      run('bundling the workflows', join(bin, 'node'), [
        '--input-type=module',
        '-e',
        "const { bundleWorkflows } = await import('./dist/workers/bundle.js'); await bundleWorkflows('dist/workflow-bundle.js');",
      ]),
  },
  {
    name: 'web',
    reads: ['web', 'src/api/schemas', 'package-lock.json'],
    run: () =>
      run('building the web UI', join(bin, 'vite'), [
        'build',
        '--config',
        'web/vite.config.ts',
        '--logLevel',
        'warn',
      ]),
  },
];

/** What of dist/ the compiler has not made: the workflow bundle, the web UI, and this build's own notes. */
const OTHERS = /^(workflow-bundle\.js|web|\.build.*)$/;

await withLock(() => {
  removeStale();
  const stamps = readStamps();
  for (const part of parts) {
    const hash = hashOf(part.reads);
    if (!force && stamps[part.name] === hash) continue;
    part.run();
    stamps[part.name] = hash;
    writeFileSync(stampFile, JSON.stringify(stamps));
  }
});

/** Removes what was compiled from sources that are gone: the compiler leaves it, and a package would ship it. */
function removeStale(below = '') {
  const folder = join(root, 'dist', below);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (OTHERS.test(path)) continue;
    const isThere = entry.isDirectory()
      ? existsSync(join(root, 'src', path))
      : existsSync(join(root, 'src', path.replace(/\.js(\.map)?$/, '.ts')));
    if (!isThere) rmSync(join(folder, entry.name), { recursive: true, force: true });
    else if (entry.isDirectory()) removeStale(path);
  }
}

function run(what, command, args) {
  process.stderr.write(`plumbline: ${what} …\n`);
  const started = Date.now();
  // What is built is what ships, whoever asks for it: a test runner's NODE_ENV would make React's development build.
  const env = { ...process.env, NODE_ENV: 'production' };
  const result = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    process.stderr.write(`plumbline: ${what} failed (see above).\n`);
    rmSync(lockDir, { recursive: true, force: true });
    process.exit(result.status ?? 1);
  }
  process.stderr.write(`plumbline: ${what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** A hash over names and contents: cheap enough for a few hundred files, and immune to clocks and checkouts. */
function hashOf(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) visit(`${path}/${name}`);
    } else if (!path.includes('.test.')) {
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(root, path)))
        .update('\0');
    }
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
}

async function withLock(work) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (let told = false; ;) {
    try {
      mkdirSync(lockDir);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (takeOverFromTheDead()) continue;
      if (!told) process.stderr.write('plumbline: waiting for another process that builds …\n');
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  writeFileSync(join(lockDir, 'pid'), String(process.pid));
  try {
    work();
  } finally {
    rmSync(lockDir, { recursive: true, force: true });
  }
}

/** Whether a lock whose holder is dead was moved out of the way: only one of several can move it. */
function takeOverFromTheDead() {
  if (isHeld()) return false;
  const aside = `${lockDir}.${process.pid}`;
  try {
    renameSync(lockDir, aside);
  } catch {
    return false;
  }
  rmSync(aside, { recursive: true, force: true });
  return true;
}

function isHeld() {
  let pid = 0;
  try {
    pid = Number(readFileSync(join(lockDir, 'pid'), 'utf8'));
  } catch {
    // Made a moment ago, or already gone.
  }
  // Without a number it is being written right now, unless its writer was killed in that very moment.
  if (!pid) return Date.now() - (statSync(lockDir, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) <= 5000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
