import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanContext } from '../../src/drivers/driver.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { groupIsAlive } from '../../src/util/process-group.ts';
import { aBench, aStack, onlyTool, planIn, type Bench } from '../support/terraform.ts';

const STACK = aStack('terraform', 'envs/prod');
const SLOW_TERRAFORM = fileURLToPath(new URL('../support/slow-terraform.sh', import.meta.url));

describe('a plan that fails', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await aBench();
  });
  afterEach(() => bench.remove());

  const failure = async (context: Partial<PlanContext> = {}) =>
    await planIn(terraformDriver, bench, STACK, context).then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string; details: { diagnostics?: object[] } },
    );

  it('names file and line of a configuration that can not be read', async () => {
    await bench.write({ 'envs/prod/main.tf': '# fine\nresource "terraform_data" {\n}\n' });
    const error = await failure();
    expect(error?.code).toBe('config_invalid');
    expect(error?.message).toContain('envs/prod/main.tf:2');
    expect(error?.details.diagnostics?.[0]).toMatchObject({ file: 'envs/prod/main.tf', line: 2 });
  });

  it('names file and line in a module of the repository', async () => {
    await bench.write({
      'envs/prod/main.tf': 'module "m" {\n  source = "../../modules/m"\n}\n',
      'modules/m/main.tf': 'resource "terraform_data" "a" {\n  nope = 1\n}\n',
    });
    const error = await failure();
    expect(error?.code).toBe('config_invalid');
    expect(error?.details.diagnostics?.[0]).toMatchObject({ file: 'modules/m/main.tf', line: 2 });
  });

  it('calls a variable without a value a fault of the configuration', async () => {
    await bench.write({ 'envs/prod/main.tf': 'variable "a" {}\n' });
    expect(await failure()).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('main.tf:1'),
    });
  });

  it('calls a provider that can not be had by its name', async () => {
    await bench.write({
      'envs/prod/main.tf':
        'terraform {\n  required_providers {\n    x = { source = "127.0.0.1:1/no/such" }\n  }\n}\nresource "x_y" "z" {}\n',
    });
    expect(await failure()).toMatchObject({ code: expect.stringMatching(/provider_failed|config_invalid/) });
  });

  it('calls a provider that is in no mirror by its name', async () => {
    await bench.write({ 'envs/prod/main.tf': 'resource "nosuch_thing" "z" {}\n' });
    const config = join(bench.root, 'cli.tfrc');
    await writeFile(
      config,
      `provider_installation {\n  filesystem_mirror {\n    path = "${bench.live}"\n  }\n}\n`,
    );
    const error = await failure({ env: { TF_CLI_CONFIG_FILE: config } });
    expect(error).toMatchObject({ code: 'provider_failed', message: expect.stringContaining('nosuch') });
  });

  it('calls a backend that refuses its credentials so', async () => {
    const server = await listen((_, response) => response.writeHead(401).end());
    const { port } = server.address() as AddressInfo;
    await bench.write({
      'envs/prod/main.tf': `terraform {\n  backend "http" {\n    address = "http://127.0.0.1:${port}/state"\n    retry_max = 0\n  }\n}\n`,
    });
    const error = await failure();
    server.close();
    expect(error?.code).toBe('auth_failed');
  });

  it('calls what fails only while planning a failed plan, and hides secrets in its reason', async () => {
    await bench.write({
      'envs/prod/main.tf':
        'variable "s" {\n  sensitive = true\n  default = "canary-secret-9"\n}\nresource "terraform_data" "a" {\n  input = var.s\n  lifecycle {\n    precondition {\n      condition = length(terraform.workspace) > 100\n      error_message = "broken"\n    }\n  }\n}\n',
    });
    const error = await failure();
    expect(error?.code).toBe('plan_failed');
    expect(error?.message).toContain('broken');
    expect(JSON.stringify([error?.message, error?.details])).not.toContain('canary');
  });

  it('never takes a plan of a part of the stack for the whole', async () => {
    await bench.write({
      'envs/prod/main.tf':
        'resource "terraform_data" "a" {}\nresource "terraform_data" "b" {\n  count = 0\n}\n',
    });
    const args = { TF_CLI_ARGS_plan: '-target=terraform_data.b' };
    expect(await failure({ env: args })).toMatchObject({ code: 'config_invalid' });
    const error = await failure({ baseEnv: { ...toolEnv(process.env), ...args } });
    expect(error).toMatchObject({ code: 'plan_failed', message: expect.stringContaining('only a part') });
  });

  it('says so when the folder is not in the commit', async () => {
    expect(await failure()).toMatchObject({ code: 'stack_not_found' });
  });

  it('says which var file is missing', async () => {
    await bench.write({ 'envs/prod/main.tf': 'variable "a" {}\n' });
    expect(await failure({ varFiles: ['../outside.tfvars'] })).toMatchObject({ code: 'config_invalid' });
  });

  it('is stopped at its time limit with no process left, by a stand-in that never ends', async () => {
    await bench.write({ 'envs/prod/main.tf': 'resource "terraform_data" "a" {}\n' });
    await chmod(SLOW_TERRAFORM, 0o755);
    const groups: number[] = [];
    const error = await failure({
      tools: onlyTool({ path: SLOW_TERRAFORM }),
      env: { SLOW_TERRAFORM_NOTES: join(bench.root, 'pids') },
      timeoutMs: 3_000,
      graceMs: 200,
      onProcess: ({ pgid, state }) => (state === 'started' ? groups.push(pgid) : undefined),
    });
    expect(error?.code).toBe('tool_timeout');
    const pids = (await readFile(join(bench.root, 'pids'), 'utf8')).trim().split('\n').map(Number);
    expect(pids.length).toBeGreaterThanOrEqual(2);
    for (const pid of pids) expect(await isRunning(pid)).toBe(false);
    for (const group of groups) expect(await groupIsAlive(group)).toBe(false);
  });

  it('ends as cancelled when it is cancelled, with no process left', async () => {
    await bench.write({ 'envs/prod/main.tf': 'resource "terraform_data" "a" {}\n' });
    const controller = new AbortController();
    const groups: number[] = [];
    const error = await failure({
      tools: onlyTool({ path: SLOW_TERRAFORM }),
      env: { SLOW_TERRAFORM_NOTES: join(bench.root, 'pids') },
      graceMs: 200,
      signal: controller.signal,
      onProcess: ({ pgid }) => groups.push(pgid),
      onProgress: ({ step }) => (step === 'plan' ? controller.abort() : undefined),
    });
    expect(error?.code).toBe('cancelled');
    for (const group of groups) expect(await groupIsAlive(group)).toBe(false);
  });
});

/** Zombies don't run: where nobody reaps orphans they stay. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

async function listen(handler: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
