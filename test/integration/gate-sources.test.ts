import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { publishPolicy } from '../support/gate-policy.ts';
import { aPerson, createWorkClone, type WorkClone } from '../support/git-work.ts';
import { createTestCache, createTestRepo, type TestCache, type TestRepo } from '../support/git.ts';

const [ALICE, BOB, CAROL, OWNER] = ['Alice', 'Bob', 'Carol', 'Owner'].map(aPerson);
const MODULE = 'modules/network/main.tf';
const VARS = 'shared/prod.tfvars';
const FILES = {
  'envs/prod/main.tf': [
    'module "network" {',
    '  source = "../../modules/network"',
    '}',
    'locals {',
    '  rules    = yamldecode(file("../../shared/rules.yaml"))',
    '  policies = fileset("${path.module}/../../shared/policies", "*.json")',
    '}',
    'resource "terraform_data" "script" {',
    '  provisioner "local-exec" {',
    '    command = "${path.module}/../../scripts/run.sh --all"',
    '  }',
    '}',
    '',
  ].join('\n'),
  [MODULE]:
    'module "dns" {\n  source = "../dns"\n}\nlocals {\n  x = file("${path.module}/../../shared/module.yaml")\n}\n',
  'shared/rules.yaml': '',
  'shared/module.yaml': '',
  'shared/policies/old.json': '{}',
  'shared/templates/a.tpl': '',
  'shared/linked.tf': '',
  'scripts/run.sh': '',
  'envs/prod/templates': { link: '../../shared/templates' },
  'envs/prod/linked.tf': { link: '../../shared/linked.tf' },
  'modules/dns/main.tf': 'variable "zone" {\n  default = "example.com"\n}\n',
  'modules/other/main.tf': '',
  [VARS]: 'zone = "example.com"\n',
  CODEOWNERS: 'modules/network/ owner@example.com\n',
};

let repo: TestRepo;
let work: WorkClone;
let test: TestCache;
let bench: GateBench;

beforeEach(async () => {
  repo = await createTestRepo();
  work = await createWorkClone(repo.path);
  test = await createTestCache();
  bench = await openGateBench({ driver: terraformDriver, git: test.cache, url: repo.path });
});
afterEach(async () => {
  await bench.close();
  await Promise.all([repo.remove(), work.remove(), test.remove()]);
});

const publish = (policy?: Parameters<typeof publishPolicy>[1]) =>
  publishPolicy(bench, policy, {
    scan: { timeoutMs: 60_000, graceMs: 1_000, env: {}, varFiles: [VARS] },
    gitAllowLocal: true,
  });

/** A stack that is in sync with its first commit, and then Alice’s change of this file. */
async function changed(path: string, more: Record<string, string> = {}): Promise<string> {
  const first = await work.commit({ ...FILES, ...more }, { author: BOB! });
  await work.push();
  const before = await bench.plan(aGatePlan(), { commit: first });
  await bench.synced(before);
  await bench.endTask(before);
  const commit = await work.commit({ [path]: '# changed\n' }, { author: ALICE!, committer: CAROL! });
  await work.push();
  return commit;
}

async function presented(commit: string) {
  const asked = await bench.plan(aGatePlan(), { commit, actor: 'dave@example.com' });
  expect((await bench.decide(asked)).kind).toBe('wait');
  return await bench.present(asked);
}

describe('a change outside of the stack’s folder', () => {
  it.each([
    ['a module that it calls', MODULE],
    ['a module that its module calls', 'modules/dns/main.tf'],
    ['a var file', VARS],
    ['a file that is read', 'shared/rules.yaml'],
    ['a file that a module reads', 'shared/module.yaml'],
    ['a script that a provisioner runs', 'scripts/run.sh'],
    ['a folder that files are taken from', 'shared/policies/new.json'],
    ['what a link to a folder leads to', 'shared/templates/a.tpl'],
    ['what a link to a file leads to', 'shared/linked.tf'],
  ])('bars whoever wrote it: %s', async (_, path) => {
    await publish();
    await presented(await changed(path));
    expect(await bench.say('alice@example.com')).toBe('own_change');
    expect(await bench.say('carol@example.com')).toBe('own_change');
    expect(await bench.say('bob@example.com')).toBeNull();
    expect((await bench.latest())?.status).toBe('approved');
  });

  it('bars nobody when the stack does not read it', async () => {
    await publish();
    await presented(await changed('modules/other/main.tf'));
    expect(await bench.say('alice@example.com')).toBeNull();
  });

  it('bars whoever wrote anything where an expression decides over what is read', async () => {
    await publish();
    await presented(
      await changed('anything.txt', { 'envs/prod/read.tf': 'locals {\n  x = file(var.x)\n}\n' }),
    );
    expect(await bench.say('alice@example.com')).toBe('own_change');
    expect(await bench.say('bob@example.com')).toBeNull();
  });

  it('needs the code owner of that file', async () => {
    await publish({ approvals: { requireCodeOwners: true } });
    const approval = await presented(await changed(MODULE));
    expect(approval.requirement.codeOwners).toEqual([{ path: MODULE, owners: [OWNER!.email] }]);
    expect(await bench.say('bob@example.com')).toBeNull();
    expect((await bench.latest())?.status).toBe('waiting');
    expect(await bench.say(OWNER!.email, 'approve', { aliases: [OWNER!.email] })).toBeNull();
    expect((await bench.latest())?.status).toBe('approved');
  });

  it.each([MODULE, 'scripts/run.sh'])(
    'is no safe change when only files of the stack’s folder match: %s',
    async (path) => {
      await publish({ autoApproveSafe: { patterns: ['^envs/'], maxSeverity: 'low' } });
      const commit = await changed(path);
      const planned = await bench.plan(aGatePlan(), { commit, auto_approve_safe: true });
      const verdict = await bench.decide(planned);
      expect(verdict.kind).toBe('wait');
      expect(verdict.reasons.map(({ message }) => message).join(' ')).toContain(
        `${path} matches no safe pattern`,
      );
    },
  );

  it('is a safe change when it matches the patterns', async () => {
    await publish({ autoApproveSafe: { patterns: ['^modules/network/'], maxSeverity: 'low' } });
    const planned = await bench.plan(aGatePlan(), { commit: await changed(MODULE), auto_approve_safe: true });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'auto_approve_safe' });
  });
});
