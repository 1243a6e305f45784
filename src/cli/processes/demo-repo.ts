import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultSettings } from '../../config/default-settings.ts';
import { driverSchemas } from '../../local/driver-schemas.ts';
import { ensureProviderMirror } from '../../toolchain/provider-mirror.ts';
import { createToolchain } from '../../toolchain/toolchain.ts';
import { exec } from '../../util/exec.ts';
import { baseEnv, toolEnv } from '../../util/exec-env.ts';
import { createRedactor } from '../../util/redact.ts';
import type { Io } from '../io.ts';
import { gitIn } from './demo-git.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/terraform', import.meta.url));
const ENVIRONMENTS = ['dev', 'staging', 'prod'] as const;
const STEP_TIMEOUT_MS = 5 * 60_000;

/** A Git repository whose live objects are files of this machine. */
export interface DemoRepo {
  /** A local path. */
  url: string;
  liveDir: string;
  /** What Terraform needs in its environment for it. */
  env: Record<string, string>;
  /** What was done to it, for people. */
  damage: string;
}

/**
 * Makes the repository of examples/terraform under `dir`, applies it, then lets live move (an object of production is
 * deleted) and Git move (staging gets another greeting in a second commit).
 */
export async function makeDemoRepo(dir: string, io: Io, signal: AbortSignal): Promise<DemoRepo> {
  const repo = join(dir, 'demo-infra');
  const liveDir = join(dir, 'live');
  await cp(EXAMPLE, repo, { recursive: true });
  const tools = await demoTools(dir, io, signal);
  const env = { ...tools.providerEnv, TF_VAR_live_dir: liveDir };
  const terraform = terraformIn(dir, tools.terraform, { env: { ...toolEnv(io.env), ...env }, signal });
  for (const name of ENVIRONMENTS) {
    const stack = join(repo, 'envs', name);
    await writeFile(join(stack, 'backend.tf'), backend(join(dir, 'state', `${name}.tfstate`)));
    io.progress(`     terraform init and apply: envs/${name}`);
    await terraform(stack, name, ['init', '-input=false', '-no-color']);
    await terraform(stack, name, ['apply', '-input=false', '-no-color', '-auto-approve']);
  }
  io.progressDone();
  const git = gitIn(repo, io, signal);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Three environments of one site');
  await edit(join(repo, 'envs', 'staging', 'main.tf'), 'Hello from staging', 'Hello from the new staging');
  await git('commit', '--quiet', '--all', '--message', 'Greet differently in staging');
  await rm(join(liveDir, 'prod', 'firewall-policy.json'));
  const damage =
    'Production’s firewall policy was deleted by hand; staging has a commit that nobody has applied';
  return { url: repo, liveDir, env, damage };
}

interface DemoTools {
  terraform: string;
  /** Where Terraform finds the provider, when the registry can't be reached. */
  providerEnv: Record<string, string>;
}

async function demoTools(dir: string, io: Io, signal: AbortSignal): Promise<DemoTools> {
  const settings = defaultSettings({ dataDir: join(dir, 'data'), env: io.env, drivers: driverSchemas() });
  const onProgress = (message: string): void => io.progress(`     ${message}`);
  const toolchain = createToolchain({
    settings: settings.published.toolchain,
    cacheDir: settings.cacheDir,
    baseEnv: baseEnv(io.env),
    redactor: createRedactor(),
    onProgress,
  });
  const terraform = await toolchain.resolve('terraform', '>= 1.5', { signal });
  const mirror = await ensureProviderMirror(toolchain, settings.cacheDir, {
    env: baseEnv(io.env),
    signal,
    onProgress,
  });
  io.progressDone();
  return {
    terraform: terraform.path,
    providerEnv: mirror === null ? {} : { TF_CLI_CONFIG_FILE: mirror.cliConfigPath },
  };
}

function backend(path: string): string {
  return `# The demonstration keeps its state outside the repository.\nterraform {\n  backend "local" {\n    path = ${JSON.stringify(path)}\n  }\n}\n`;
}

/** How the programs of the demonstration are run. */
interface Running {
  env: Record<string, string>;
  signal: AbortSignal;
}

function terraformIn(dir: string, binary: string, { env, signal }: Running) {
  return async (cwd: string, name: string, args: string[]): Promise<void> => {
    const dataDir = join(dir, 'terraform', name);
    await mkdir(dataDir, { recursive: true });
    const own = { ...env, TF_DATA_DIR: dataDir };
    await exec(binary, args, { cwd, env: own, signal, timeoutMs: STEP_TIMEOUT_MS });
  };
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(from, to));
}
