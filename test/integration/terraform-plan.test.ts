import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planDigest } from '../../src/domain/digest.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { createWorkClone } from '../support/git-work.ts';
import { createTestRepo } from '../support/git.ts';
import { applyIn, aBench, aStack, hashTree, planIn, type Bench } from '../support/terraform.ts';

const STACK = aStack('terraform', 'envs/prod');
const KEY = new Uint8Array(32).fill(7);

describe('planning with the real Terraform', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await aBench();
  });
  afterEach(() => bench.remove());

  const backend = () =>
    `terraform {\n  backend "local" {\n    path = "${join(bench.live, 'terraform.tfstate')}"\n  }\n}\n`;
  const main = (body: string) => bench.write({ 'envs/prod/main.tf': backend() + body });
  const plan = async (context = {}) => await planIn(terraformDriver, bench, STACK, context);
  const digest = async () => planDigest(KEY, (await plan()).plan.identity);

  it('reports nothing for a stack that is as it was applied', async () => {
    await main('resource "terraform_data" "a" {\n  input = "x"\n}\n');
    await applyIn(bench, 'envs/prod');
    const { plan: result } = await plan();
    expect(result.changes).toEqual([]);
    expect(result.outputs).toEqual([]);
  });

  it('reports a change of the configuration alone as pending, attribute by attribute', async () => {
    await main('resource "terraform_data" "a" {\n  input = "x"\n}\n');
    await applyIn(bench, 'envs/prod');
    await main('resource "terraform_data" "a" {\n  input = "y"\n}\n');
    const { plan: result } = await plan();
    expect(result.changes).toMatchObject([
      { address: 'terraform_data.a', kind: 'terraform_data', name: 'a', action: 'update', cause: 'pending' },
    ]);
    expect(result.changes[0]?.attributes).toEqual([
      { pointer: '/input', before: 'x', after: 'y', sensitive: false, unknown: false, cause: 'pending' },
      { pointer: '/output', before: 'x', after: null, sensitive: false, unknown: true, cause: 'pending' },
    ]);
  });

  it('tells numbers apart that only differ in digits which a double has not', async () => {
    await main('resource "terraform_data" "a" {\n  input = 9007199254740992\n}\n');
    await applyIn(bench, 'envs/prod');
    await main('resource "terraform_data" "a" {\n  input = 9007199254740993\n}\n');
    const { plan: result } = await plan();
    expect(result.changes[0]?.attributes[0]).toMatchObject({
      pointer: '/input',
      before: 9007199254740992,
      after: '9007199254740993',
    });
  });

  it('says which attributes force a replacement', async () => {
    await main('resource "terraform_data" "a" {\n  triggers_replace = ["1"]\n}\n');
    await applyIn(bench, 'envs/prod');
    await main('resource "terraform_data" "a" {\n  triggers_replace = ["2"]\n}\n');
    const { plan: result } = await plan();
    expect(result.changes).toMatchObject([
      { action: 'replace', actions: ['delete', 'create'], replacedBecause: ['/triggers_replace'] },
    ]);
  });

  it('reports a change of outputs alone', async () => {
    await main('output "a" {\n  value = "x"\n}\n');
    await applyIn(bench, 'envs/prod');
    await main('output "a" {\n  value = "y"\n}\n');
    const { plan: result } = await plan();
    expect(result.changes).toEqual([]);
    expect(result.outputs).toEqual([
      { name: 'a', action: 'update', before: 'x', after: 'y', sensitive: false, unexplained: true },
    ]);
  });

  it('reports a moved block as a move, with the address before', async () => {
    await main('resource "terraform_data" "a" {}\n');
    await applyIn(bench, 'envs/prod');
    await main(
      'resource "terraform_data" "b" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n',
    );
    const { plan: result } = await plan();
    expect(result.changes).toMatchObject([
      {
        address: 'terraform_data.b',
        movedFrom: 'terraform_data.a',
        action: 'move',
        cause: 'pending',
        attributes: [],
      },
    ]);
  });

  it('reports an object that the configuration forgets, and one that it removes', async () => {
    await main('resource "terraform_data" "a" {}\nresource "terraform_data" "b" {}\n');
    await applyIn(bench, 'envs/prod');
    await main('removed {\n  from = terraform_data.a\n  lifecycle {\n    destroy = false\n  }\n}\n');
    const { plan: result } = await plan();
    expect(result.changes.map((change) => [change.address, change.action])).toEqual([
      ['terraform_data.a', 'forget'],
      ['terraform_data.b', 'delete'],
    ]);
  });

  it('masks sensitive values everywhere but in the encrypted kinds, and still shows that they differ', async () => {
    const text = (value: string) =>
      `variable "secret" {\n  sensitive = true\n  default = "${value}"\n}\nresource "terraform_data" "a" {\n  input = { token = var.secret, plain = "p" }\n}\noutput "o" {\n  value = var.secret\n  sensitive = true\n}\n`;
    await main(text('canary-one-1111'));
    await applyIn(bench, 'envs/prod');
    await main(text('canary-two-2222'));
    const { plan: result, artifacts, progress } = await plan();
    const { identity: _, ...shown } = result;
    const texts = [
      JSON.stringify(shown),
      artifacts.get('plan_text'),
      artifacts.get('plan_json'),
      JSON.stringify(progress),
    ];
    for (const each of texts) expect(each).not.toMatch(/canary-(one|two)/);
    expect(Buffer.from(artifacts.get('plan_json_raw')!).toString()).toContain('canary-two-2222');
    const changed = result.changes[0]?.attributes.filter((attribute) => attribute.sensitive);
    expect(changed).toMatchObject([{ pointer: '/input/token', before: '(sensitive)', after: '(sensitive)' }]);
    expect(result.outputs).toMatchObject([
      { name: 'o', action: 'update', sensitive: true, after: '(sensitive)' },
    ]);
  });

  it('touches neither the work tree nor the state, with no lock file, a local module and a relative state', async () => {
    await bench.write({
      'envs/prod/main.tf': 'module "m" {\n  source = "../../modules/m"\n}\n',
      'modules/m/main.tf': 'resource "terraform_data" "a" {\n  input = file("${path.module}/text.txt")\n}\n',
      'modules/m/text.txt': 'hello',
    });
    await bench.write({ 'envs/prod/terraform.tfstate': await stateOf(bench) });
    const before = await hashTree(bench.workTree);
    const { plan: first } = await plan();
    expect(first.changes.map((change) => change.address)).toEqual([
      'module.m.terraform_data.a',
      'terraform_data.old',
    ]);
    expect(await hashTree(bench.workTree)).toBe(before);
  });

  it('sees the same paths as a checkout does', async () => {
    await bench.write({
      'envs/prod/main.tf': `${backend()}module "m" {\n  source = "../../modules/m"\n}\nresource "terraform_data" "r" {\n  input = "\${path.module} \${path.root}"\n}\n`,
      'modules/m/main.tf':
        'module "n" {\n  source = "../n"\n}\nresource "terraform_data" "a" {\n  input = path.module\n}\n',
      'modules/n/main.tf':
        'resource "terraform_data" "a" {\n  input = [path.module, fileset(path.module, "files/*")]\n}\n',
      'modules/n/files/x.txt': 'x',
    });
    await applyIn(bench, 'envs/prod');
    expect((await plan()).plan.changes).toEqual([]);
  });

  it('plans two workspaces of one folder apart', async () => {
    const text = (value: string) =>
      `terraform {\n  backend "local" {\n    path = "${bench.live}/d.tfstate"\n    workspace_dir = "${bench.live}/ws"\n  }\n}\nresource "terraform_data" "a" {\n  input = "\${terraform.workspace}-${value}"\n}\n`;
    await bench.write({ 'envs/prod/main.tf': text('1') });
    await applyIn(bench, 'envs/prod', { workspace: 'blue' });
    await bench.write({ 'envs/prod/main.tf': text('2') });
    const before = await hashTree(bench.live);
    const blue = await planIn(terraformDriver, bench, aStack('terraform', 'envs/prod', 'blue'));
    const green = await planIn(terraformDriver, bench, aStack('terraform', 'envs/prod', 'green'));
    expect(blue.plan.changes).toMatchObject([
      { action: 'update', before: { input: 'blue-1' }, after: { input: 'blue-2' } },
    ]);
    expect(green.plan.changes).toMatchObject([{ action: 'create', after: { input: 'green-2' } }]);
    expect(green.plan.warnings).toEqual([expect.stringContaining('green')]);
    expect(await hashTree(bench.live)).toBe(before);
  });

  it('tells of checks that do not hold, which fail no plan, without their secrets', async () => {
    await main(
      'variable "s" {\n  sensitive = true\n  default = "canary-check-7"\n}\ncheck "c" {\n  assert {\n    condition = length(var.s) > 100\n    error_message = "not healthy"\n  }\n}\nresource "terraform_data" "a" {\n  input = var.s\n}\n',
    );
    expect((await plan()).plan.warnings).toEqual(['check.c does not hold: not healthy']);
  });

  it('gives one situation one digest, and another situation another', async () => {
    await main('resource "terraform_data" "a" {\n  input = "x"\n}\n');
    await applyIn(bench, 'envs/prod');
    await main('resource "terraform_data" "a" {\n  input = "y"\n}\n');
    const first = await digest();
    expect(await digest()).toBe(first);
    await main(
      'resource "terraform_data" "a" {\n  input = "y"\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n',
    );
    const provisioner = await digest();
    expect(provisioner).not.toBe(first);
    const state = join(bench.live, 'terraform.tfstate');
    const text = await readFile(state, 'utf8');
    await writeFile(
      state,
      text.replace(/"lineage": "[^"]+"/, '"lineage": "00000000-0000-4000-8000-000000000000"'),
    );
    expect(await digest()).not.toBe(provisioner);
  });

  it('has another digest when a script of a module from elsewhere is another', async () => {
    const repo = await createTestRepo();
    const work = await createWorkClone(repo.path);
    await work.commit({ 'mod/main.tf': 'resource "terraform_data" "b" {}\n', 'run.sh': 'true\n' });
    await work.push();
    await main(`module "m" {\n  source = "git::file://${repo.path}//mod"\n}\n`);
    const first = await digest();
    expect(await digest()).toBe(first);
    const files = await readdir(join(bench.root, 'data'), { recursive: true });
    const script = files.find((path) => path.endsWith('modules/m/run.sh'));
    await writeFile(join(bench.root, 'data', script!), 'false\n');
    expect(await digest()).not.toBe(first);
    await Promise.all([repo.remove(), work.remove()]);
  });

  it('skips init the second time, and does it again when the stack needs it', async () => {
    await main('resource "terraform_data" "a" {}\n');
    expect((await plan()).plan.durationsMs).toHaveProperty('init');
    expect((await plan()).plan.durationsMs).not.toHaveProperty('init');
    await bench.write({ 'modules/m/main.tf': 'resource "terraform_data" "b" {}\n' });
    await main('module "m" {\n  source = "../../modules/m"\n}\n');
    expect((await plan()).plan.durationsMs).toHaveProperty('init');
  });

  it('shows who holds the lock of a local state, without taking it', async () => {
    await main('resource "terraform_data" "a" {}\n');
    const info = {
      ID: 'abc',
      Operation: 'OperationTypeApply',
      Who: 'somebody@host',
      Created: '2026-01-02T03:04:05Z',
    };
    await writeFile(join(bench.live, '.terraform.tfstate.lock.info'), JSON.stringify(info));
    expect((await plan()).plan.stateLock).toEqual({
      id: 'abc',
      who: 'somebody@host',
      operation: 'OperationTypeApply',
      created: '2026-01-02T03:04:05Z',
    });
  });

  it('uses var files of the repository and variables of the environment', async () => {
    await main(
      'variable "a" {}\nvariable "b" {}\nresource "terraform_data" "x" {\n  input = "${var.a}-${var.b}"\n}\n',
    );
    await bench.write({ 'common/prod.tfvars': 'a = "file"\n' });
    const { plan: result } = await plan({ varFiles: ['common/prod.tfvars'], env: { TF_VAR_b: 'env' } });
    expect(result.changes).toMatchObject([{ after: { input: 'file-env' } }]);
  });
});

/** The content of a state that knows one object. */
async function stateOf(bench: Bench): Promise<string> {
  const other = await aBench({
    'main.tf': `terraform {\n  backend "local" {\n    path = "${bench.live}/seed.tfstate"\n  }\n}\nresource "terraform_data" "old" {}\n`,
  });
  await applyIn(other, '.');
  await other.remove();
  return await readFile(join(bench.live, 'seed.tfstate'), 'utf8');
}
