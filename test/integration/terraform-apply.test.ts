import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { anApplyContext, digestOf, type Applying } from '../support/applying.ts';
import { aBench, aStack, hashTree, planIn, type Bench } from '../support/terraform.ts';
import { providerMirror } from '../support/tools.ts';

const STACK = aStack('terraform', 'envs/prod');
const { apply } = terraformDriver as Required<typeof terraformDriver>;

describe('applying what was approved', () => {
  let bench: Bench;
  let env: Record<string, string>;
  const contexts: Applying[] = [];
  beforeAll(async () => {
    const { cliConfigPath } = await providerMirror();
    env = { TF_CLI_CONFIG_FILE: cliConfigPath };
  });
  beforeEach(async () => {
    bench = await aBench();
  });
  afterEach(() => bench.remove());

  const statePath = () => join(bench.live, 'terraform.tfstate');
  const object = (name: string) => join(bench.live, `${name}.json`);
  const main = (body: string, backend?: string) =>
    bench.write({
      'envs/prod/main.tf': `terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  ${backend ?? `backend "local" {\n    path = "${statePath()}"\n  }`}
}
${body}`,
    });
  const resource = (name: string, content: string, more = '') =>
    `resource "jsonfile_object" "${name}" {\n  path = "${object(name)}"\n  content = { ${content} }\n${more}}\n`;
  const approve = async (context: object = {}) =>
    digestOf((await planIn(terraformDriver, bench, STACK, { env, ...context })).plan.identity);
  const aContext = async (more: Parameters<typeof anApplyContext>[2] = {}) => {
    const made = await anApplyContext(bench, STACK, { env, ...more });
    contexts.push(made);
    return made;
  };
  const live = async (name: string) => JSON.parse(await readFile(object(name), 'utf8')) as object;
  const errorOf = async (work: Promise<unknown>) =>
    (await work.then(
      () => ({}),
      (error: unknown) => error,
    )) as { code?: string; message?: string; details?: Record<string, unknown> };

  it('does it, says so step by step, and leaves nothing to do', async () => {
    await main(resource('a', 'x = "1"'));
    const digest = await approve();
    const { context, begun, progress, artifacts } = await aContext();
    const result = await apply(context, digest);
    expect(result).toMatchObject({ status: 'applied', backup: null, log: { kind: 'apply_log' } });
    expect(begun).toEqual([null]);
    expect(await live('a')).toMatchObject({ x: '1' });
    const lines = progress.filter(({ step }) => step === 'apply').map(({ line }) => line);
    expect(lines).toContain('jsonfile_object.a: Creating...');
    expect(lines).toContain('Apply complete! Resources: 1 added, 0 changed, 0 destroyed.');
    expect(artifacts.find(({ kind }) => kind === 'apply_log')?.content).toContain('Creation complete');
    expect(await readFile(context.outputPath, 'utf8')).toContain('change_summary');
    expect(await terraformDriver.verify!(context)).toMatchObject({ ok: true });
  });

  it('keeps the state that was there, with its serial, before it begins', async () => {
    await main(resource('a', 'x = "1"'));
    await apply((await aContext()).context, await approve());
    const before = await readFile(statePath(), 'utf8');
    await main(resource('a', 'x = "2"'));
    const { context, begun, artifacts } = await aContext();
    expect(await apply(context, await approve())).toMatchObject({ status: 'applied' });
    const { lineage, serial } = JSON.parse(before) as { lineage: string; serial: number };
    expect(begun).toMatchObject([{ lineage, serial, content: { kind: 'state', encrypted: true } }]);
    const kept = artifacts.find(({ kind }) => kind === 'state')?.content;
    expect(JSON.parse(kept!)).toEqual(JSON.parse(before));
  });

  it('touches nothing when what is live has changed since the approval', async () => {
    await main(resource('a', 'x = "1"'));
    await apply((await aContext()).context, await approve());
    await main(resource('a', 'x = "2"'));
    const digest = await approve();
    await writeFile(object('a'), JSON.stringify({ ...(await live('a')), x: '3' }));
    const untouched = await hashTree(bench.live);
    const { context, begun } = await aContext();
    const result = await apply(context, digest);
    expect(result).toMatchObject({
      status: 'refused',
      code: 'digest_changed',
      plan: { changes: [{ address: 'jsonfile_object.a', cause: 'both' }] },
    });
    expect(begun).toEqual([]);
    expect(existsSync(context.outputPath)).toBe(false);
    expect(await hashTree(bench.live)).toBe(untouched);
  });

  it('touches nothing when the configuration has changed, even where the plan shows no difference', async () => {
    const withCommand = (command: string) =>
      resource('a', 'x = "1"', `  provisioner "local-exec" {\n    command = "${command}"\n  }\n`);
    await main(withCommand('true'));
    const digest = await approve();
    await main(withCommand(`touch ${join(bench.live, 'smuggled')}`));
    const { context, begun } = await aContext();
    expect(await apply(context, digest)).toMatchObject({ status: 'refused', code: 'digest_changed' });
    expect(begun).toEqual([]);
    expect(existsSync(join(bench.live, 'smuggled'))).toBe(false);
  });

  it('says whose the lock is, before it begins', async () => {
    await main(resource('a', 'x = "1"'));
    const digest = await approve();
    const lock = {
      ID: 'l-1',
      Who: 'alice@build-1',
      Operation: 'OperationTypeApply',
      Created: '2026-01-02T03:04:05Z',
    };
    const info = join(bench.live, '.terraform.tfstate.lock.info');
    await writeFile(info, JSON.stringify(lock));
    const { context, begun } = await aContext({ options: { lock_timeout: '300ms' } });
    const error = await errorOf(apply(context, digest));
    expect(error.code).toBe('lock_held');
    expect(error.message).toMatch(/alice@build-1 .*OperationTypeApply.*2026-01-02T03:04:05Z.*l-1/);
    expect(error.details).toMatchObject({ lock: { id: 'l-1', who: 'alice@build-1' } });
    expect(begun).toEqual([]);
    expect(existsSync(info)).toBe(true);
    expect(existsSync(object('a'))).toBe(false);
  });

  it('waits for a lock that is released in time', async () => {
    await main(resource('a', 'x = "1"'));
    const digest = await approve();
    const info = join(bench.live, '.terraform.tfstate.lock.info');
    await writeFile(info, '{"ID":"l-1"}');
    setTimeout(() => void rm(info), 3000);
    const { context } = await aContext({ options: { lock_timeout: '1m' } });
    expect(await apply(context, digest)).toMatchObject({ status: 'applied' });
  });

  it('refuses the saved plan when somebody writes the state after all looks at it', async () => {
    await main(resource('a', 'x = "1"'));
    await apply((await aContext()).context, await approve());
    await main(resource('a', 'x = "2"'));
    const digest = await approve();
    const { context } = await aContext({
      onBegin: async () => {
        const state = JSON.parse(await readFile(statePath(), 'utf8')) as { serial: number };
        await writeFile(statePath(), JSON.stringify({ ...state, serial: state.serial + 1 }));
      },
    });
    expect(await apply(context, digest)).toMatchObject({
      status: 'failed',
      outcome: 'not_applied',
      code: 'plan_stale',
    });
    expect(await live('a')).toMatchObject({ x: '1' });
  });

  it('does nothing when the lease was lost', async () => {
    await main(resource('a', 'x = "1"'));
    const digest = await approve();
    const { context } = await aContext({
      onBegin: async () => {
        throw new Error('The lease is another’s by now.');
      },
    });
    expect((await errorOf(apply(context, digest))).message).toContain('lease');
    expect(existsSync(object('a'))).toBe(false);
    expect(existsSync(statePath())).toBe(false);
  });

  it('says what was applied and what was not when it fails half-way', async () => {
    await main(
      `${resource('a', 'x = "1"')}resource "terraform_data" "b" {\n  depends_on = [jsonfile_object.a]\n  provisioner "local-exec" {\n    command = "exit 7"\n  }\n}\n`,
    );
    const { context, artifacts } = await aContext();
    const result = await apply(context, await approve());
    expect(result).toMatchObject({ status: 'failed', outcome: 'partial', code: 'apply_failed' });
    const { message } = result as { message: string };
    expect(message).toContain('local-exec provisioner error');
    expect(message).toContain('Applied: jsonfile_object.a.');
    expect(message).toContain('Failed: terraform_data.b.');
    expect(artifacts.find(({ kind }) => kind === 'apply_log')?.content).toContain('exit status 7');
    expect((await terraformDriver.verify!(context)).ok).toBe(false);
  });

  it('keeps secrets out of progress, messages and logs, those that nobody could know before among them', async () => {
    await main(`${resource('a', 'x = "1"', '  secret = "canary-planned-1"\n')}
resource "terraform_data" "seed" {
  input = "canary-later"
}
resource "jsonfile_object" "b" {
  path    = "${object('b')}"
  content = { y = "1" }
  secret  = "\${terraform_data.seed.output}-\${substr("known only now", 0, 2)}9"
}
resource "terraform_data" "c" {
  provisioner "local-exec" {
    command = "echo canary-planned-1; grep -h secret ${object('b')}; exit 3"
  }
  depends_on = [jsonfile_object.a, jsonfile_object.b]
}
output "all" {
  value     = jsonfile_object.b.secret
  sensitive = true
}
`);
    const { context, artifacts, progress } = await aContext();
    const result = await apply(context, await approve());
    expect(result).toMatchObject({ status: 'failed', outcome: 'partial' });
    expect(JSON.stringify(progress)).not.toContain('canary-');
    const log = artifacts.find(({ kind }) => kind === 'apply_log')!.content;
    expect(log).toContain('***');
    expect(log).not.toContain('canary-planned-1');
    expect(log).not.toContain('canary-later-kn9');
    expect((result as { message: string }).message).not.toContain('canary-planned-1');
  });

  it('refuses a stack whose state lies in its work tree', async () => {
    for (const backend of [
      '',
      'backend "local" {}',
      'backend "local" {\n    path = "../state.tfstate"\n  }',
    ]) {
      await main(resource('a', 'x = "1"'), backend);
      const { context, begun } = await aContext();
      const error = await errorOf(apply(context, await approve()));
      expect(error.code).toBe('state_not_shared');
      expect(error.message).toMatch(/[Cc]onfigure (?:a|another) backend/);
      expect(begun).toEqual([]);
    }
    expect(existsSync(object('a'))).toBe(false);
  });

  it('takes arguments that would go around the lock or the plan as a fault', async () => {
    await main(resource('a', 'x = "1"'));
    const { context } = await aContext({ env: { ...env, TF_CLI_ARGS_apply: '-lock=false' } });
    expect((await errorOf(apply(context, await approve()))).code).toBe('config_invalid');
  });

  it('uses options and var files, and makes a workspace that is not there yet', async () => {
    const stack = aStack('terraform', 'envs/prod', 'blue');
    await main(
      `variable "x" {}\n${resource('a', 'x = "${var.x}-${terraform.workspace}"')}`,
      'backend "local" {}',
    );
    await bench.write({ 'vars/blue.tfvars': 'x = "7"\n' });
    const more = {
      env,
      varFiles: ['vars/blue.tfvars'],
      options: { parallelism: 2, backend_config: { workspace_dir: join(bench.live, 'spaces') } },
    };
    const { plan } = await planIn(terraformDriver, bench, stack, more);
    expect(plan.warnings.join()).toContain('does not exist yet');
    const first = await anApplyContext(bench, stack, more);
    expect(await apply(first.context, digestOf(plan.identity))).toMatchObject({ status: 'applied' });
    expect(await live('a')).toMatchObject({ x: '7-blue' });
    expect(existsSync(join(bench.live, 'spaces', 'blue', 'terraform.tfstate'))).toBe(true);
    expect(await terraformDriver.verify!(first.context)).toMatchObject({ ok: true });
  });
});
