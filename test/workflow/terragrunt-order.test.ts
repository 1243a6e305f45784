import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aBench, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { verdictsOf } from '../support/verdicts.ts';
import {
  aRepo,
  fakeCheckouts,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const VPC = 'envs/dev/vpc';
const APP = 'envs/dev/app';
const DNS = 'envs/dev/dns';
const repo = aRepo();

let temporal: TestTemporal;
let bench: Bench;
let test: TestWorkers;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});
beforeEach(async () => {
  bench = await aBench();
  const retry = { limit: 0, durationMs: 1, factor: 1, maxDurationMs: 1 };
  const settings = publishedSettings([repo], {
    environments: [anEnvironment('development', { approvals: { required: 0 }, retry })],
  });
  const git = {
    ...fakeCheckouts(bench.root),
    checkout: async () => ({ path: bench.workTree, release: () => undefined }),
  };
  test = await startTestWorkers(temporal, {
    drivers: [terragruntDriver],
    settings,
    overrides: {
      workbench: () => ({ git, tools: standInTerragrunt }),
      toolEnv: toolEnv(process.env),
      cacheDir: bench.cacheDir,
    },
  });
});
afterEach(async () => {
  await test.stop();
  await bench.remove();
});

/** Units that note when they are applied: the app reads an output of the vpc, the dns needs nobody. */
async function wish(what: string, vpcEnds = 0): Promise<void> {
  const main = (name: string, more: string, ends = 0) => `terraform {
  backend "local" {
    path = "${join(bench.live, `${name}.tfstate`)}"
  }
}
${more}resource "terraform_data" "a" {
  triggers_replace = "${what}"
  provisioner "local-exec" {
    command = "echo ${name} ${what} >> ${bench.live}/applied; exit ${ends}"
  }
}
`;
  await bench.write({
    [`${VPC}/terragrunt.hcl`]: 'inputs = {}\n',
    [`${VPC}/main.tf`]: main('vpc', 'output "id" {\n  value = "vpc-1"\n}\n', vpcEnds),
    [`${DNS}/terragrunt.hcl`]: 'inputs = {}\n',
    [`${DNS}/main.tf`]: main('dns', ''),
    [`${APP}/terragrunt.hcl`]:
      'dependency "vpc" {\n  config_path = "../vpc"\n  mock_outputs = {\n    id = "mock-id"\n  }\n}\ninputs = {\n  vpc = dependency.vpc.outputs.id\n}\n',
    [`${APP}/main.tf`]: main('app', 'variable "vpc" {}\n'),
  });
}

const sync = async () => await (await test.sync(repo.name)).result();
const applied = async () => (await readFile(join(bench.live, 'applied'), 'utf8')).trim().split('\n');

describe('Terragrunt units that depend on each other (a stand-in that calls the real Terraform)', () => {
  it('are applied in order, never on mock outputs, and a failure blocks its dependents only', async () => {
    await wish('one');
    // What depends on outputs that are not there yet waits for the next sync.
    expect(await sync()).toMatchObject({ applied: 2, blocked: 1, failed: 0 });
    expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
      kind: 'blocked',
      reasons: [{ code: 'mock_outputs' }],
    });
    expect(await sync()).toMatchObject({ applied: 1, blocked: 0, failed: 0 });
    expect((await applied()).toSorted()).toEqual(['app one', 'dns one', 'vpc one']);

    await wish('two');
    expect(await sync()).toMatchObject({ status: 'completed', applied: 3, blocked: 0, failed: 0 });
    const second = (await applied()).slice(3);
    expect(second.toSorted()).toEqual(['app two', 'dns two', 'vpc two']);
    expect(second.indexOf('vpc two')).toBeLessThan(second.indexOf('app two'));

    await wish('three', 7);
    expect(await sync()).toMatchObject({ status: 'failed', applied: 1, blocked: 1, failed: 1 });
    expect((await applied()).slice(6).toSorted()).toEqual(['dns three', 'vpc three']);
    expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
      kind: 'blocked',
      blockedBy: [VPC],
    });
  }, 240_000);
});
