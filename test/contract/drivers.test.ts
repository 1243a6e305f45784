import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { opentofuDriver } from '../../src/drivers/opentofu/index.ts';
import { drivers } from '../../src/drivers/registry.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { optionsOnSharedCluster } from '../support/kubernetes-options.ts';
import { openTofu, toolsOnPath } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { testToolchain } from '../support/tools.ts';
import { driverContract, type DriverFixture } from './driver-contract.ts';

const resource = (input: string) => `resource "terraform_data" "a" {\n  input = "${input}"\n}\n`;

const configMap = (color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  color: ${color}\n`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-contract-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

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
  kubernetes: {
    driver: kubernetesDriver,
    files: {
      'apps/shop/kustomization.yaml': 'resources: [settings.yaml]\n',
      'apps/shop/settings.yaml': configMap('red'),
    },
    otherFiles: { 'apps/shop/settings.yaml': configMap('blue') },
    broken: { 'apps/shop/kustomization.yaml': 'resources: [' },
    stackPath: 'apps/shop',
    tools: async () => {
      const tools = testToolchain();
      return tools.resolve.bind(tools);
    },
    options: () => optionsOnSharedCluster(folder),
  },
};

for (const [name, fixture] of Object.entries(FIXTURES)) driverContract(name, fixture);

describe('the registry', () => {
  it('holds every driver once, in the order of precedence, each with contract tests', () => {
    expect(drivers.map((driver) => driver.kind)).toEqual([
      'terragrunt',
      'opentofu',
      'terraform',
      'kubernetes',
    ]);
    expect(Object.keys(FIXTURES).sort()).toEqual(drivers.map((driver) => driver.kind).sort());
  });
});
