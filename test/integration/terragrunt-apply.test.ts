import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolResolver } from '../../src/drivers/driver.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { anApplyContext, digestOf } from '../support/applying.ts';
import { anHttpState, type HttpState } from '../support/http-state.ts';
import { aBench, aStack, hashTree, openTofu, planIn, toolsOnPath, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { waitFor } from '../support/wait-for.ts';

const VPC = aStack('terragrunt', 'live/vpc');
const APP = aStack('terragrunt', 'live/app');
const { apply, backup, planRestore, restore, stateLock, unlock, verify } = terragruntDriver as Required<
  typeof terragruntDriver
>;

let bench: Bench;
let tools: ToolResolver;
beforeEach(async () => {
  bench = await aBench();
  tools = standInTerragrunt;
});
afterEach(() => bench.remove());

const local = (name: string) =>
  `terraform {\n  backend "local" {\n    path = "${join(bench.live, `${name}.tfstate`)}"\n  }\n}\n`;
const app = (body: string, more = '') =>
  bench.write({
    'live/app/terragrunt.hcl': `terraform {\n  source = "../../modules//app"\n}\ndependency "vpc" {\n  config_path = "../vpc"\n  mock_outputs = {\n    id = "mock-id"\n  }\n}\ninputs = {\n  vpc = dependency.vpc.outputs.id\n}\n${more}`,
    'modules/app/main.tf': `${local('app')}variable "vpc" {}\n${body}`,
  });
const A = 'resource "terraform_data" "a" {\n  input = var.vpc\n}\n';
const vpc = (id: string) =>
  bench.write({
    'live/vpc/terragrunt.hcl': 'inputs = {}\n',
    'live/vpc/main.tf': `${local('vpc')}resource "terraform_data" "v" {\n  input = "${id}"\n}\noutput "id" {\n  value = terraform_data.v.output\n}\n`,
  });
const approve = async (stack = APP) =>
  digestOf((await planIn(terragruntDriver, bench, stack, { tools })).plan.identity);
const aContext = (stack = APP, more: Parameters<typeof anApplyContext>[2] = {}) =>
  anApplyContext(bench, stack, { tools, ...more });
const applied = async (stack = APP) =>
  expect(await apply((await aContext(stack)).context, await approve(stack))).toMatchObject({
    status: 'applied',
  });
const state = async (name: string) =>
  JSON.parse(await readFile(join(bench.live, `${name}.tfstate`), 'utf8')) as {
    serial: number;
    lineage: string;
    resources: { name: string; instances: { attributes: { output: unknown } }[] }[];
  };

/** Terraform in a shell that notes each interrupt before it passes it on, later than Terragrunt would pass on a second one. */
const countInterrupts = async () => {
  const terraform = await toolsOnPath('terraform', undefined, {});
  const path = join(bench.root, 'terraform');
  const script = `#!/bin/sh
trap 'echo one >> ${bench.root}/interrupts; sleep 1; kill -INT $pid' INT
${terraform.path} "$@" &
pid=$!
while :; do
  wait $pid
  code=$?
  kill -0 $pid 2>/dev/null || exit $code
done
`;
  await writeFile(path, script, { mode: 0o755 });
  tools = async (name, constraint, options) =>
    name === 'terraform' ? { ...terraform, path } : await standInTerragrunt(name, constraint, options);
};

describe('applying a unit with Terragrunt (a stand-in that calls the real Terraform)', () => {
  beforeEach(async () => {
    await vpc('vpc-1');
    await app(A);
  });

  it('does it with the outputs of the units before, keeps the state first, and leaves nothing to do', async () => {
    await applied(VPC);
    const { context, progress } = await aContext();
    expect(await apply(context, await approve())).toMatchObject({ status: 'applied', backup: null });
    expect(progress.map(({ line }) => line)).toContain('terraform_data.a: Creating...');
    expect((await state('app')).resources[0]!.instances[0]!.attributes.output).toEqual({
      type: 'string',
      value: 'vpc-1',
    });
    expect(await verify(context)).toMatchObject({ ok: true });
    const before = await state('app');
    await app(A.replace('var.vpc', '"${var.vpc}-2"'));
    const second = await aContext();
    expect(await apply(second.context, await approve())).toMatchObject({ status: 'applied' });
    const { lineage, serial } = before;
    expect(second.begun).toMatchObject([{ lineage, serial, content: { kind: 'state', encrypted: true } }]);
    const kept = second.artifacts.find(({ kind }) => kind === 'state')!.content;
    expect(JSON.parse(kept)).toEqual(before);
  });

  it.each([
    [
      'what a unit before it gives',
      () =>
        applied(VPC)
          .then(() => vpc('vpc-2'))
          .then(() => applied(VPC)),
    ],
    ['its own sources', () => app(A.replace('var.vpc', '"other"'))],
    ['what it includes', () => bench.write({ 'live/root.hcl': 'locals {}\n' })],
  ])('touches nothing when %s has changed since the approval', async (_, change) => {
    await applied(VPC);
    await applied();
    await app(A.replace('var.vpc', '"${var.vpc}-2"'));
    const digest = await approve();
    await change();
    const untouched = await hashTree(bench.live);
    const { context, begun } = await aContext();
    expect(await apply(context, digest)).toMatchObject({ status: 'refused', code: 'digest_changed' });
    expect(begun).toEqual([]);
    expect(await hashTree(bench.live)).toBe(untouched);
  });

  it('never applies mock outputs, whoever has approved them', async () => {
    const { context, begun } = await aContext();
    const digest = await approve();
    expect(await apply(context, digest)).toMatchObject({
      status: 'refused',
      code: 'mock_outputs',
      plan: { basis: { mockOutputs: true } },
    });
    expect(begun).toEqual([]);
    expect(existsSync(join(bench.live, 'app.tfstate'))).toBe(false);
  });

  it('refuses a unit whose state lies in its working copy, or of which nobody knows where it lies', async () => {
    await applied(VPC);
    const main = (await readFile(join(bench.workTree, 'modules/app/main.tf'), 'utf8')).replace(
      /path = .*/,
      '',
    );
    await bench.write({ 'modules/app/main.tf': main });
    const { context, begun } = await aContext();
    await expect(apply(context, await approve())).rejects.toMatchObject({ code: 'state_not_shared' });
    const silent: ToolResolver = async (name, constraint, options) => {
      const found = await standInTerragrunt(name, constraint, options);
      // The stand-in refuses what only older versions know.
      return name === 'terragrunt' ? { ...found, version: '0.50.0' } : found;
    };
    const other = await aContext(APP, { tools: silent });
    const digest = digestOf((await planIn(terragruntDriver, bench, APP, { tools: silent })).plan.identity);
    await bench.write({ 'live/root.hcl': 'locals {}\n' });
    await expect(apply(other.context, digest)).rejects.toMatchObject({ code: 'working_folder_unknown' });
    expect([...begun, ...other.begun]).toEqual([]);
  });

  it('takes extra_arguments that would go around the lock as a fault', async () => {
    await applied(VPC);
    const digest = await approve();
    const unit = await readFile(join(bench.workTree, 'live/app/terragrunt.hcl'), 'utf8');
    const block = `  extra_arguments "more" {\n    commands  = ["apply"]\n    arguments = ["-lock=false"]\n  }\n}\ndependency`;
    await bench.write({ 'live/app/terragrunt.hcl': unit.replace('}\ndependency', block) });
    const { context } = await aContext();
    await expect(apply(context, digest)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it.each([
    ['ignores its failure', 'errors {\n  ignore "all" {\n    ignorable_errors = [".*"]\n  }\n}\n', 'partial'],
    ['leaves applies out', 'exclude {\n  if = true\n  actions = ["apply"]\n}\n', 'not_applied'],
  ])('does not believe Terragrunt that %s', async (_, more, outcome) => {
    await applied(VPC);
    await app(
      `${A}resource "terraform_data" "b" {\n  depends_on = [terraform_data.a]\n  provisioner "local-exec" {\n    command = "exit 7"\n  }\n}\n`,
      more,
    );
    const { context } = await aContext();
    expect(await apply(context, await approve())).toMatchObject({
      status: 'failed',
      outcome,
      code: 'apply_failed',
    });
  });

  it('leaves a whole state and no lock when it is cancelled: Terraform is interrupted once', async () => {
    await applied(VPC);
    const command = `touch ${bench.live}/began; for i in $(seq 600); do sleep 0.1; done`;
    await app(
      `${A}resource "terraform_data" "b" {\n  depends_on = [terraform_data.a]\n  provisioner "local-exec" {\n    command = "${command}"\n  }\n}\n`,
    );
    await countInterrupts();
    const controller = new AbortController();
    const { context } = await aContext(APP, { signal: controller.signal, graceMs: 60_000 });
    const running = apply(context, await approve());
    await waitFor('the second object', () => existsSync(join(bench.live, 'began')));
    controller.abort();
    expect(await running).toMatchObject({ status: 'failed', code: 'cancelled', outcome: 'partial' });
    expect((await state('app')).resources.map(({ name }) => name)).toContain('a');
    expect(existsSync(join(bench.live, '.app.tfstate.lock.info'))).toBe(false);
    expect(await readFile(join(bench.root, 'interrupts'), 'utf8')).toBe('one\n');
  });

  it('lets Terragrunt call OpenTofu', async () => {
    const tofu = await openTofu();
    tools = async (name, constraint, options) =>
      name === 'opentofu'
        ? await tofu(name, constraint, options)
        : await standInTerragrunt(name, constraint, options);
    await bench.write({ 'live/vpc/.opentofu-version': '1.12.6\n' });
    await applied(VPC);
    expect(JSON.parse(await readFile(join(bench.live, 'vpc.tfstate'), 'utf8'))).toMatchObject({
      terraform_version: '1.12.6',
    });
  });

  it('returns to a saved state', async () => {
    await applied(VPC);
    await applied();
    const saving = await aContext();
    const saved = await backup(saving.context);
    await app(A.replace('var.vpc', '"two"'));
    await applied();
    const { context, begun, artifacts } = await aContext();
    const wanted = { id: 'backup-1', content: Buffer.from(saving.artifacts[0]!.content) };
    const before = await state('app');
    const digest = digestOf((await planRestore(context, wanted)).identity);
    const restored = await restore(context, wanted, digest);
    expect(restored).toMatchObject({ status: 'restored', lineage: saved.lineage });
    expect(begun).toMatchObject([{ serial: before.serial }]);
    expect(JSON.parse(artifacts[0]!.content)).toEqual(before);
    expect((await state('app')).serial).toBeGreaterThan(before.serial);
    expect((await verify(context)).plan.changes).toMatchObject([{ address: 'terraform_data.a' }]);
  });
});

describe('a unit whose state is behind a server', () => {
  let http: HttpState;
  beforeEach(async () => {
    http = await anHttpState();
    const { url } = http;
    await bench.write({
      'live/vpc/terragrunt.hcl': 'inputs = {}\n',
      'live/vpc/main.tf': `terraform {\n  backend "http" {\n    address = "${url}"\n    lock_address = "${url}"\n    unlock_address = "${url}"\n  }\n}\nresource "terraform_data" "a" {}\n`,
    });
  });
  afterEach(() => http.close());
  const LOCK = JSON.stringify({ ID: 'l-1', Operation: 'OperationTypeApply', Who: 'alice@build-1' });

  it('is applied under its lock, which is released', async () => {
    await applied(VPC);
    expect(http.methods.filter((method) => method !== 'GET').slice(-3)).toEqual(['LOCK', 'POST', 'UNLOCK']);
    expect(http.lock).toBe('');
  });

  it('is not applied while somebody holds the lock; that is released by its very ID only', async () => {
    const digest = await approve(VPC);
    http.lock = LOCK;
    const { context, begun } = await aContext(VPC);
    await expect(apply(context, digest)).rejects.toMatchObject({
      code: 'lock_held',
      details: { lock: { id: 'l-1' } },
    });
    expect(begun).toEqual([]);
    const lock = (await stateLock(context))!;
    expect(lock.id).toBe('l-1');
    await expect(unlock(context, { ...lock, id: 'l-0' })).rejects.toMatchObject({ code: 'lock_changed' });
    expect(http.lock).toBe(LOCK);
    await unlock(context, lock);
    expect(http.lock).toBe('');
    expect(await stateLock(context)).toBeNull();
  });

  it('keeps a state that could not be saved, encrypted, also from a working copy', async () => {
    await bench.write({
      'modules/site/main.tf': await readFile(join(bench.workTree, 'live/vpc/main.tf'), 'utf8'),
      'live/app/terragrunt.hcl': 'terraform {\n  source = "../../modules//site"\n}\n',
    });
    const digest = await approve();
    const { context, artifacts } = await aContext(APP, {
      onBegin: async () => {
        http.readOnly = true;
      },
    });
    const result = await apply(context, digest);
    expect(result).toMatchObject({ status: 'failed', outcome: 'partial' });
    expect((result as { message: string }).message).toContain('could not save the state');
    expect(artifacts.find(({ kind }) => kind === 'state')?.content).toContain('"terraform_data"');
  });
});
