#!/usr/bin/env node
// A stand-in for Terragrunt, which can't be had from package registries. It checks strictly how it is called, answers
// `find` from the files, and lets the real Terraform (or OpenTofu) do the work in the unit's folder. It understands no
// interpolation, no `remote_state` and no hooks. Of what Terragrunt does around an apply it does: a saved plan comes last and
// gets no variables; `errors { ignore "…" }` makes a failure end with 0; `exclude` leaves a command out; an interrupt is passed
// on after a while (here half a second, there 15), so that a group's interrupt would come twice.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const args = process.argv.slice(2);
const command = args[0];

function refuse(why) {
  process.stderr.write(`terragrunt stand-in: ${why}\n`);
  process.exit(64);
}

if (command === '--version') {
  process.stdout.write('terragrunt version v0.80.0\n');
  process.exit(0);
}

const ALLOWED = {
  find: ['--dag', '--dependencies', '--json', '--no-color'],
  init: ['-input=false', '-no-color', '-json'],
  plan: ['-input=false', '-no-color', '-lock=false', /^-out=\/.+/, '-json', /^-var-file=\/.+/],
  show: ['-json', '-no-color', /^\/.+/],
  validate: ['-json', '-no-color'],
  output: ['-json', '-no-color'],
  apply: ['-json', '-input=false', '-no-color', '-lock=true', /^-lock-timeout=\d+s$/, /^\/.+/],
  state: [
    'pull',
    'push',
    'rm',
    '-dry-run',
    '-no-color',
    '-lock=true',
    /^-lock-timeout=\d+s$/,
    /^terraform_data\.\w+$/,
    /^\/.+/,
  ],
  'force-unlock': ['-no-color', '-force', /^[\w-]+$/],
  info: ['print'],
};
const allowed = ALLOWED[command] ?? refuse(`unknown command ${command}`);
for (const arg of args.slice(1)) {
  if (!allowed.some((item) => (typeof item === 'string' ? item === arg : item.test(arg))))
    refuse(`flag ${arg} of ${command}`);
}
if (command === 'plan' && !args.includes('-lock=false')) refuse('a plan must not take the lock');
if (command === 'apply') {
  if (!args.includes('-lock=true')) refuse('an apply must take the lock');
  if (!existsSync(args.at(-1))) refuse('an apply takes a saved plan, as its last argument');
  if (process.env.TG_NO_AUTO_RETRY !== 'true')
    refuse('TG_NO_AUTO_RETRY is not set: an apply could run twice');
}
if (process.env.TG_NON_INTERACTIVE !== 'true') refuse('TG_NON_INTERACTIVE is not set');

if (command === 'find') find();
for (const name of [
  'TG_BACKEND_REQUIRE_BOOTSTRAP',
  'TERRAGRUNT_FAIL_ON_STATE_BUCKET_CREATION',
  'TG_DISABLE_BUCKET_UPDATE',
  'TERRAGRUNT_DISABLE_BUCKET_UPDATE',
]) {
  if (process.env[name] !== 'true')
    refuse(`${name} is not set: a scan would make or change the state's bucket`);
}
const forbidden = process.env.TF_DATA_DIR;
if (forbidden) refuse('TF_DATA_DIR would be shared by a unit and its dependencies');
for (const name of [
  'TERRAGRUNT_DOWNLOAD',
  'TG_DOWNLOAD_DIR',
  'TERRAGRUNT_TFPATH',
  'TG_TF_PATH',
  'TF_PLUGIN_CACHE_DIR',
]) {
  if (!process.env[name]) refuse(`${name} is not set`);
}

const unit = process.cwd();
const text = readFileSync(join(unit, 'terragrunt.hcl'), 'utf8');
const inputs = {};
for (const [, name, value] of text.matchAll(/^ {2}(\w+) *= *"([^"$]*)"$/gm)) inputs[`TF_VAR_${name}`] = value;
for (const [, name, dependency, output] of text.matchAll(
  /^ {2}(\w+) *= *dependency\.(\w+)\.outputs\.(\w+)$/gm,
)) {
  inputs[`TF_VAR_${name}`] = outputOf(dependency, output);
}
const folder = workingFolder(unit, text);
if (command === 'info') {
  process.stdout.write(`${JSON.stringify({ working_dir: folder, terraform_command: 'print' }, null, 2)}\n`);
  process.exit(0);
}
if (command === 'output') init(folder);
if (new RegExp(`^exclude \\{[^}]*actions *= *\\[[^\\]]*"${command}"`, 'm').test(text)) process.exit(0);
const status = await run(folder);
process.exit(/^ {2}ignore "/m.test(text) ? 0 : status);

async function run(cwd) {
  const env = { ...process.env, ...(command === 'apply' ? {} : inputs) };
  const child = spawn(process.env.TG_TF_PATH, args, { cwd, env, stdio: 'inherit' });
  process.on('SIGINT', () => setTimeout(() => child.kill('SIGINT'), 500));
  return await new Promise((done) => child.once('exit', (code) => done(code ?? 1)));
}

/** As Terragrunt does: what is not initialised is, before its outputs are read. */
function init(folder) {
  if (!existsSync(join(folder, '.terraform')))
    spawnSync(process.env.TG_TF_PATH, ['init', '-input=false'], { cwd: folder });
}

/** As Terragrunt does: a module with a source is copied into the download folder, and runs there. */
function workingFolder(folder, config) {
  const source = /^terraform \{\s+source *= *"([^"]+)"/m.exec(config)?.[1];
  if (!source) return folder;
  const copy = join(process.env.TG_DOWNLOAD_DIR, createHash('sha256').update(folder).digest('hex'));
  mkdirSync(copy, { recursive: true });
  cpSync(resolve(folder, source.replace('//', '/')), copy, { recursive: true, dereference: true });
  return copy;
}

function outputOf(dependency, output) {
  const block = new RegExp(`dependency "${dependency}" \\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? '';
  const path = /config_path *= *"([^"]+)"/.exec(block)?.[1];
  const folder = resolve(unit, path);
  const config = readFileSync(join(folder, 'terragrunt.hcl'), 'utf8');
  const cwd = workingFolder(folder, config);
  init(cwd);
  const read = spawnSync(process.env.TG_TF_PATH, ['output', '-json'], { cwd, encoding: 'utf8' });
  const outputs = read.status === 0 ? JSON.parse(read.stdout) : {};
  if (output in outputs) return outputs[output].value;
  const mock = new RegExp(`mock_outputs *= *\\{[^}]*${output} *= *"([^"]*)"`).exec(block)?.[1];
  if (mock === undefined) refuse(`${path} has no output ${output}`);
  return mock;
}

function find() {
  const units = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) walk(join(folder, entry.name));
    }
    if (existsSync(join(folder, 'terragrunt.hcl'))) {
      const config = readFileSync(join(folder, 'terragrunt.hcl'), 'utf8');
      const dependencies = [...config.matchAll(/config_path *= *"([^"]+)"/g)].map(([, path]) =>
        relative('.', resolve(folder, path)),
      );
      units.push({
        type: 'unit',
        path: relative('.', folder),
        ...(dependencies.length > 0 ? { dependencies } : {}),
      });
    }
  };
  walk(process.cwd());
  process.stdout.write(JSON.stringify(units));
  process.exit(0);
}
