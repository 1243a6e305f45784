import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { aBench, discoverIn, onlyTool, type Bench } from '../support/terraform.ts';

const RESOURCE = 'resource "terraform_data" "a" {}\n';

/** Our own file with every key that teams have in theirs. */
const PROJECTS = `version: 3
projects:
  - name: platform-dev
    dir: terraform/environments/dev
    workspace: dev
    terraform_version: v1.5.0
    autoplan:
      when_modified: ["*.tf", "*.tfvars"]
      enabled: true
    apply_requirements: ["approved", "mergeable"]
    workflow: platform

  - name: platform-prod
    dir: terraform/environments/prod
    workspace: prod
    terraform_version: v1.5.0
    autoplan:
      when_modified: ["*.tf", "*.tfvars"]
      enabled: true
    apply_requirements: ["approved", "mergeable", "undiverged"]
    workflow: platform-prod

workflows:
  platform:
    plan:
      steps:
        - init
        - plan:
            extra_args: ["-lock-timeout=10m"]
        - run: |
            # What it costs
            costs --path . --out costs.json
    apply:
      steps:
        - apply
  platform-prod:
    plan:
      steps:
        - init
`;

let bench: Bench;
afterEach(() => bench.remove());

describe('projects of atlantis.yaml', () => {
  it('are found with requirements, workflows and steps beside them', async () => {
    bench = await aBench({
      'atlantis.yaml': PROJECTS,
      'terraform/environments/dev/main.tf': RESOURCE,
      'terraform/environments/prod/main.tf': RESOURCE,
    });
    const { stacks, warnings } = await discoverIn(terraformDriver, bench);
    expect(warnings).toEqual([]);
    const settings = { version: '1.5.0', autoplan: 'true', when_modified: '["*.tf","*.tfvars"]' };
    expect(stacks.map(({ key, workspace, settings: own }) => [key, workspace, own])).toEqual([
      ['terraform/environments/dev@dev', 'dev', { ...settings, project: 'platform-dev' }],
      ['terraform/environments/prod@prod', 'prod', { ...settings, project: 'platform-prod' }],
    ]);
  });

  it.each([
    ['1.10', '1.10'],
    ['1.5', '1.5'],
    ['"1.10"', '1.10'],
    ['v1.10.0', '1.10.0'],
    ['2', '2'],
  ])('have the version that is written, quoted or not: %s', async (written, version) => {
    bench = await aBench({
      'atlantis.yaml': `version: 3\nprojects:\n  - dir: a\n    workspace: 2024\n    terraform_version: ${written}\n    execution_order_group: 1\n`,
      'a/main.tf': RESOURCE,
    });
    const { stacks, warnings } = await discoverIn(terraformDriver, bench);
    expect(warnings).toEqual([]);
    expect(stacks).toMatchObject([{ key: 'a@2024', settings: { version, execution_order_group: '1' } }]);
  });

  it('say of Terragrunt’s units what they say of other stacks, and keep the units’ own order', async () => {
    bench = await aBench({
      'atlantis.yaml': `version: 3
projects:
  - name: net
    dir: live/net
  - name: app
    dir: live/app
    terraform_version: 1.10.5
    depends_on: [net]
    autoplan: { enabled: false }
`,
      'live/net/terragrunt.hcl': 'include {}\n',
      'live/db/terragrunt.hcl': 'include {}\n',
      'live/app/terragrunt.hcl': 'include {}\ndependency "db" {\n  config_path = "../db"\n}\n',
    });
    const { stacks } = await discoverIn(terragruntDriver, bench);
    expect(stacks.find(({ key }) => key === 'live/app')).toMatchObject({
      dependsOn: ['live/db', 'live/net'],
      settings: { project: 'app', version: '1.10.5', autoplan: 'false' },
    });
  });
});

describe('the order that Terragrunt tells', () => {
  const files = {
    'a/terragrunt.hcl': 'include {}\n',
    'b/terragrunt.hcl': 'include {}\ndependency "a" {\n  config_path = "../${get_env("WHERE")}"\n}\n',
  };
  const found = async (env: Record<string, string>) => {
    bench = await aBench(files);
    const path = join(bench.root, 'terragrunt');
    await writeFile(
      path,
      `#!/bin/sh\n[ -n "$WHERE" ] || exit 1\necho '[{"type":"unit","path":"a"},{"type":"unit","path":"b","dependencies":["'"$WHERE"'"]}]'\n`,
    );
    await chmod(path, 0o755);
    return await discoverIn(terragruntDriver, bench, {
      tools: onlyTool({ path, version: '0.80.0' }),
      baseEnv: { PATH: process.env['PATH'] ?? '' },
      env: () => env,
    });
  };

  it('is worked out with the environment that plans get', async () => {
    const { stacks, warnings } = await found({ WHERE: 'a' });
    expect(stacks.map(({ key, dependsOn }) => [key, dependsOn])).toEqual([
      ['a', []],
      ['b', ['a']],
    ]);
    expect(warnings).toEqual([]);
  });

  it('is missed aloud when Terragrunt can not tell it', async () => {
    const { stacks, warnings } = await found({});
    expect(stacks.map(({ key }) => key)).toEqual(['a', 'b']);
    expect(warnings).toEqual([expect.stringContaining('scan.env')]);
  });
});
