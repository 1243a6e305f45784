import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolResolver } from '../../src/drivers/driver.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { aBench, aStack, applyIn, hashTree, planIn, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';

const APP = aStack('terragrunt', 'live/app');

describe('planning with Terragrunt (a stand-in that calls the real Terraform)', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await aBench();
    await bench.write({
      'live/vpc/terragrunt.hcl': 'inputs = {}\n',
      'live/vpc/main.tf': `${backend('vpc')}output "id" {\n  value = "vpc-1"\n}\n`,
      'live/app/terragrunt.hcl': `terraform {\n  source = "../../modules//app"\n}\ndependency "vpc" {\n  config_path = "../vpc"\n  mock_outputs = {\n    id = "mock-id"\n  }\n}\ninputs = {\n  vpc = dependency.vpc.outputs.id\n}\n`,
      'modules/app/main.tf': `${backend('app')}variable "vpc" {}\nresource "terraform_data" "a" {\n  input = var.vpc\n}\n`,
    });
  });
  afterEach(() => bench.remove());

  const backend = (name: string) =>
    `terraform {\n  backend "local" {\n    path = "${join(bench.live, `${name}.tfstate`)}"\n  }\n}\n`;
  const plan = async () => await planIn(terragruntDriver, bench, APP, { tools: standInTerragrunt });

  it('says that a plan was built on mock outputs and must never be applied', async () => {
    const { plan: result } = await plan();
    expect(result.changes).toMatchObject([{ action: 'create', after: { input: 'mock-id' } }]);
    expect(result.warnings).toEqual([expect.stringMatching(/^mock_outputs: .*live\/vpc.*never/)]);
    expect(result.basis.mockOutputs).toBe(true);
  });

  it('uses the outputs that were applied, and says nothing then', async () => {
    await applyIn(bench, 'live/vpc');
    const { plan: result } = await plan();
    expect(result.warnings).toEqual([]);
    expect(result.basis.mockOutputs).toBe(false);
    expect(result.changes).toMatchObject([{ after: { input: 'vpc-1' } }]);
  });

  it('touches neither the work tree nor the states', async () => {
    await applyIn(bench, 'live/vpc');
    const before = await Promise.all([hashTree(bench.workTree), hashTree(bench.live)]);
    await plan();
    expect(await Promise.all([hashTree(bench.workTree), hashTree(bench.live)])).toEqual(before);
  });

  it.each([
    ['without a source', 'live/vpc', 'vpc'],
    ['with a source', 'live/app', 'app'],
  ])('shows who holds the lock of a local state, for a unit %s', async (_, path, state) => {
    await applyIn(bench, 'live/vpc');
    const stack = aStack('terragrunt', path);
    const look = async () =>
      (await planIn(terragruntDriver, bench, stack, { tools: standInTerragrunt })).plan;
    expect(await look()).toMatchObject({ stateLock: null, warnings: [] });
    const info = { ID: 'abc', Operation: 'OperationTypeApply', Who: 'somebody@host', Created: 'then' };
    await writeFile(join(bench.live, `.${state}.tfstate.lock.info`), JSON.stringify(info));
    expect((await look()).stateLock).toEqual({
      id: 'abc',
      who: 'somebody@host',
      operation: 'OperationTypeApply',
      created: 'then',
    });
  });

  it('asks where a unit with a source runs only when it was initialised anew', async () => {
    expect((await plan()).plan.durationsMs).toHaveProperty('info');
    expect((await plan()).plan.durationsMs).not.toHaveProperty('info');
  });

  it('says so where Terragrunt does not say where it runs', async () => {
    await applyIn(bench, 'live/vpc');
    const tools: ToolResolver = async (name, constraint, options) => {
      const found = await standInTerragrunt(name, constraint, options);
      // The stand-in refuses what only older versions know.
      return name === 'terragrunt' ? { ...found, version: '0.50.0' } : found;
    };
    const { plan: result } = await planIn(terragruntDriver, bench, APP, { tools });
    expect(result.stateLock).toBeNull();
    expect(result.warnings).toEqual([expect.stringContaining('did not say in which folder it runs')]);
  });

  it('uses the init of a unit with a source again', async () => {
    expect((await plan()).plan.durationsMs).toHaveProperty('init');
    expect((await plan()).plan.durationsMs).not.toHaveProperty('init');
  });

  it('asks for the versions that the unit wants: of Terragrunt, and of what that calls', async () => {
    const asked = new Map<string, string | undefined>();
    const tools: ToolResolver = async (name, constraint, options) => {
      asked.set(name, constraint);
      return await standInTerragrunt(name, constraint, options);
    };
    const unit = await readFile(join(bench.workTree, 'live/app/terragrunt.hcl'), 'utf8');
    await bench.write({
      'live/app/terragrunt.hcl': `terragrunt_version_constraint = ">= 0.70"\n${unit}`,
    });
    const stack = { ...APP, settings: { version: '1.10.5' } };
    await planIn(terragruntDriver, bench, stack, { tools });
    expect(Object.fromEntries(asked)).toEqual({ terragrunt: '>= 0.70', terraform: '1.10.5' });
    await bench.write({ 'live/.terragrunt-version': 'v0.80.0\n' });
    await planIn(terragruntDriver, bench, stack, { tools });
    expect(asked.get('terragrunt')).toBe('0.80.0');
  });
});
