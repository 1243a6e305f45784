import { describe, expect, it } from 'vitest';
import { opentofuDriver } from '../../src/drivers/opentofu/index.ts';
import { drivers } from '../../src/drivers/registry.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { openTofu, toolsOnPath } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { driverContract, type DriverFixture } from './driver-contract.ts';

const resource = (input: string) => `resource "terraform_data" "a" {\n  input = "${input}"\n}\n`;

const FIXTURES: Record<string, DriverFixture> = {
  terraform: {
    driver: terraformDriver,
    files: { 'envs/prod/main.tf': resource('x') },
    otherFiles: { 'envs/prod/main.tf': resource('y') },
    broken: { 'envs/prod/main.tf': 'resource {' },
    stackPath: 'envs/prod',
    tools: async () => toolsOnPath,
  },
  opentofu: {
    driver: opentofuDriver,
    files: { 'envs/prod/main.tofu': resource('x') },
    otherFiles: { 'envs/prod/main.tofu': resource('y') },
    broken: { 'envs/prod/main.tofu': 'resource {' },
    stackPath: 'envs/prod',
    tools: openTofu,
  },
  terragrunt: {
    driver: terragruntDriver,
    files: { 'envs/prod/terragrunt.hcl': 'inputs = {}\n', 'envs/prod/main.tf': resource('x') },
    otherFiles: { 'envs/prod/main.tf': resource('y') },
    broken: { 'envs/prod/main.tf': 'resource {' },
    stackPath: 'envs/prod',
    tools: async () => standInTerragrunt,
  },
};

for (const [name, fixture] of Object.entries(FIXTURES)) driverContract(name, fixture);

describe('the registry', () => {
  it('holds every driver once, in the order of precedence, each with contract tests', () => {
    expect(drivers.map((driver) => driver.kind)).toEqual(['terragrunt', 'opentofu', 'terraform']);
    expect(Object.keys(FIXTURES).sort()).toEqual(drivers.map((driver) => driver.kind).sort());
  });
});
