// Makes sure that node_modules fits package-lock.json. Needs nothing but Node 20 and npm: it runs before anything is
// installed. Says nothing and takes a blink when all is fresh; safe when several processes set up at once.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STILL_ALIVE_MS = 10_000;
const LOCK_POLL_MS = 250;
const LEAST_NODE = [22, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'package-lock.json');
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.plumbline-setup');
const binaries = join(modules, '.bin');

// An installed package has no lock file, and needs no setting up.
if (existsSync(lockFile) && !isFresh()) await setUp();

async function setUp() {
  const release = await lock(join(root, '.plumbline', 'setup.lock'));
  try {
    // Another process may have done it meanwhile, or somebody by hand.
    if (isFresh()) return;
    if (!isInstalled()) await install();
    checkNode();
    writeFileSync(stampFile, wantedStamp());
  } finally {
    release();
  }
}

function isFresh() {
  return read(stampFile) === wantedStamp() && existsSync(join(binaries, 'node'));
}

function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** Whether npm's own record of what it installed has everything that the lock file asks for. */
function isInstalled() {
  const wanted = packagesOf(lockFile);
  const there = packagesOf(join(modules, '.package-lock.json'));
  if (wanted === null || there === null || !existsSync(join(binaries, 'node'))) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      (there[path] ? there[path].version === entry.version : entry.optional || entry.devOptional),
  );
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

async function install() {
  say(existsSync(modules) ? 'dependencies have changed; installing them …' : 'installing dependencies …');
  const started = Date.now();
  let result = await npm('ci');
  if (result.code !== 0 && result.output.includes('EUSAGE')) {
    // The lock file lacks something for this platform; what it has is still what gets installed.
    say('the lock file is not complete for this machine; completing the installation without changing it …');
    result = await npm('install', '--no-save');
  }
  if (result.code !== 0) giveUp(...adviceFor(result.output));
  say(`dependencies are installed (${seconds(started)} s)`);
}

/** Runs npm with its output on stderr; tells every ten seconds that it is alive, as npm itself is silent in a pipe. */
async function npm(...args) {
  const started = Date.now();
  // npm runs on the Node that it came with: the one in node_modules is about to be replaced.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== binaries);
  const child = spawn('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter), NODE_ENV: 'development' },
    stdio: ['ignore', 2, 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
    process.stderr.write(chunk);
  });
  const timer = setInterval(() => say(`still installing (${seconds(started)} s)`), STILL_ALIVE_MS);
  const stop = (signal) => child.kill(signal);
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.code;
      resolve(1);
    });
    child.once('close', (exit, signal) => resolve(signal ? 1 : exit));
  });
  clearInterval(timer);
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return { code, output };
}

function adviceFor(output) {
  if (output.endsWith('ENOENT')) return ['npm was not found.', 'Install Node.js with npm, then try again.'];
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|network/i.test(output)) {
    return [
      'the npm registry can’t be reached.',
      'Check the network, the proxy (npm config get https-proxy) and the registry (npm config get registry), then: npm run setup',
    ];
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return [
      `${modules} can’t be written.`,
      'Make the checkout yours (chown), or remove node_modules, then: npm run setup',
    ];
  }
  if (/ENOSPC/.test(output)) return ['the disk is full.', 'Make room, then: npm run setup'];
  return ['npm could not install the dependencies (see above).', 'Remove node_modules, then: npm run setup'];
}

/** The pinned Node came with an install script, which a user's npm settings may have kept from running. */
function checkNode() {
  const pinned = join(binaries, 'node');
  if (spawnSync(pinned, ['--version']).status === 0) return;
  say('the pinned Node.js is missing; getting it …');
  spawnSync('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (spawnSync(pinned, ['--version']).status === 0) return;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) {
    return say(`the pinned Node.js does not run here; Node.js ${process.versions.node} is used`);
  }
  giveUp(
    `the pinned Node.js does not run here, and ${process.versions.node} is too old.`,
    'Install Node.js 24, or allow install scripts (npm config set ignore-scripts false), then: npm run setup',
  );
}

/** A file that names its holder; one whose holder is dead is taken over. */
async function lock(path) {
  mkdirSync(dirname(path), { recursive: true });
  for (let told = false; ;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!takeOver(path)) {
      if (!told) say('waiting for another process that installs the dependencies …');
      told = true;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

function takeOver(path) {
  const holder = Number(read(path));
  // An empty file is being written right now, unless its writer was killed in that very moment.
  const unwritten = !Number.isInteger(holder) || holder === 0;
  if (unwritten ? ageMs(path) < 5000 : isAlive(holder)) return false;
  const aside = `${path}.${process.pid}`;
  try {
    // Only one of several can move it away.
    renameSync(path, aside);
    rmSync(aside, { force: true });
    return true;
  } catch {
    return false;
  }
}

function ageMs(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}

function say(text) {
  process.stderr.write(`plumbline: ${text}\n`);
}

function giveUp(what, whatToDo) {
  rmSync(join(root, '.plumbline', 'setup.lock'), { force: true });
  say(what);
  say(whatToDo);
  process.exit(1);
}
