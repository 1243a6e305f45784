import { afterEach, describe, expect, it } from 'vitest';
import { opentofuDriver } from '../../src/drivers/opentofu/index.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { aBench, discoverIn, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';

const BACKEND = 'terraform {\n  backend "local" {}\n}\n';
const RESOURCE = 'resource "terraform_data" "a" {}\n';
const callOf = (source: string) => `module "m" {\n  source = "${source}"\n}\n`;

let bench: Bench;
afterEach(() => bench.remove());

const keys = async (files: Record<string, string>, source = {}, driver = terraformDriver) => {
  bench = await aBench(files);
  return (await discoverIn(driver, bench, source)).stacks.map((stack) => stack.key);
};

describe('discovery of Terraform stacks', () => {
  it('finds root modules and leaves out what is only used as a module', async () => {
    const found = await keys({
      'envs/prod/main.tf': callOf('../../modules/net'),
      'envs/json/main.tf.json': '{"module":{"m":{"source":"../../modules/json"}}}',
      'modules/net/main.tf': callOf('./sub'),
      'modules/net/sub/main.tf': `provider "x" {}\n${RESOURCE}`,
      'modules/json/main.tf': RESOURCE,
      'lone/main.tf': RESOURCE,
      '.terraform/modules/x/main.tf': RESOURCE,
      'node_modules/x/main.tf': RESOURCE,
      'docs/readme.md': 'no stack',
    });
    expect(found).toEqual(['envs/json', 'envs/prod', 'lone']);
  });

  it('keeps a called folder that has a backend, a lock file or values of its own', async () => {
    const found = await keys({
      'main.tf': [callOf('./a'), callOf('./b'), callOf('./c')].join('\n').replaceAll('"m"', '"x"'),
      'a/main.tf': BACKEND,
      'b/main.tf': RESOURCE,
      'b/.terraform.lock.hcl': '',
      'c/main.tf': RESOURCE,
      'c/terraform.tfvars': '',
    });
    expect(found).toEqual(['_root', 'a', 'b', 'c']);
  });

  it('heeds globs, the option for workspaces, and listed workspaces', async () => {
    const files = { 'envs/a/main.tf': RESOURCE, 'envs/b/main.tf': RESOURCE, 'old/c/main.tf': RESOURCE };
    const options = { workspaces: { 'envs/b': ['blue', 'green'] } };
    expect(await keys(files, { exclude: ['old/**'], options })).toEqual([
      'envs/a',
      'envs/b@blue',
      'envs/b@green',
    ]);
    await bench.remove();
    expect(await keys(files, { listed: ['old/c', 'envs/a@x', 'envs/b', '../out', 'gone'], options })).toEqual(
      ['old/c', 'envs/a@x', 'envs/b@blue', 'envs/b@green'],
    );
  });

  it('takes names, workspaces, versions and order from atlantis.yaml', async () => {
    bench = await aBench({
      'atlantis.yaml': `version: 3
projects:
  - name: net
    dir: net
    terraform_version: v1.5.7
  - name: app-staging
    dir: ./app/
    workspace: staging
    execution_order_group: 1
    depends_on: [net]
    autoplan:
      enabled: false
      when_modified: ["*.tf", "!x.tf"]
  - dir: ../outside
`,
      'net/main.tf': RESOURCE,
      'app/main.tf': RESOURCE,
      'extra/main.tf': RESOURCE,
    });
    const { stacks, warnings } = await discoverIn(terraformDriver, bench);
    expect(stacks).toEqual([
      {
        key: 'app@staging',
        kind: 'terraform',
        path: 'app',
        workspace: 'staging',
        dependsOn: ['net'],
        settings: {
          project: 'app-staging',
          autoplan: 'false',
          when_modified: '["*.tf","!x.tf"]',
          execution_order_group: '1',
        },
      },
      { key: 'extra', kind: 'terraform', path: 'extra', workspace: 'default', dependsOn: [] },
      {
        key: 'net',
        kind: 'terraform',
        path: 'net',
        workspace: 'default',
        dependsOn: [],
        settings: { project: 'net', version: '1.5.7', autoplan: 'true' },
      },
    ]);
    expect(warnings).toEqual([expect.stringContaining('projects[2].dir')]);
  });

  it.each(['version: 2\nprojects: []\n', 'version: 3\nprojects: [{}]\n', '{{{'])(
    'goes on with a warning when atlantis.yaml can not be used: %j',
    async (text) => {
      bench = await aBench({ 'atlantis.yaml': text, 'a/main.tf': RESOURCE });
      const { stacks, warnings } = await discoverIn(terraformDriver, bench);
      expect(stacks.map((stack) => stack.key)).toEqual(['a']);
      expect(warnings).toHaveLength(1);
    },
  );

  it('discovers 2,000 stacks, in parallel and without parsing what holds nothing', async () => {
    const files: Record<string, string> = { 'modules/m/main.tf': RESOURCE };
    for (let index = 0; index < 2000; index++)
      files[`stacks/s${index}/main.tf`] = callOf('../../modules/m') + RESOURCE;
    expect(await keys(files)).toHaveLength(2000);
  });
});

describe('discovery of OpenTofu stacks', () => {
  const files = {
    'a/main.tofu': RESOURCE,
    'b/main.tf': RESOURCE,
    'b/.opentofu-version': '1.9.0\n',
    'c/main.tf': RESOURCE,
    'd/main.tf': RESOURCE,
  };

  it('finds folders that say so, and those of the option', async () => {
    expect(await keys(files, { options: { paths: ['c'] } }, opentofuDriver)).toEqual(['a', 'b', 'c']);
  });

  it('leaves the others to Terraform', async () => {
    expect(await keys(files)).toEqual(['c', 'd']);
  });
});

describe('discovery of Terragrunt units', () => {
  const files = {
    'terragrunt.hcl': 'remote_state {\n  backend = "local"\n}\n',
    'live/vpc/terragrunt.hcl':
      'include "root" {\n  path = find_in_parent_folders()\n}\nterraform {\n  source = "../../modules//vpc"\n}\n',
    'live/app/terragrunt.hcl':
      'include {\n  path = find_in_parent_folders()\n}\ndependency "vpc" {\n  config_path = "../vpc"\n}\ndependencies {\n  paths = ["../dns", "${get_repo_root()}/live/vpc"]\n}\n',
    'live/dns/terragrunt.hcl': 'include {}\n',
    'live/dns/main.tf': RESOURCE,
    'modules/vpc/main.tf': RESOURCE,
  };

  it('finds units with their order, without the root configuration, from the files alone', async () => {
    bench = await aBench(files);
    const { stacks } = await discoverIn(terragruntDriver, bench);
    expect(stacks.map((stack) => [stack.key, stack.dependsOn])).toEqual([
      ['live/app', ['live/dns', 'live/vpc']],
      ['live/dns', []],
      ['live/vpc', []],
    ]);
  });

  it('asks Terragrunt (a stand-in) for the order where it is there', async () => {
    bench = await aBench(files);
    const baseEnv = { PATH: process.env['PATH'] ?? '' };
    const { stacks } = await discoverIn(terragruntDriver, bench, { tools: standInTerragrunt, baseEnv });
    expect(stacks.find((stack) => stack.key === 'live/app')?.dependsOn).toEqual(['live/vpc']);
  });

  it('keeps units and their modules from the driver of Terraform', async () => {
    expect(await keys(files)).toEqual([]);
  });
});
