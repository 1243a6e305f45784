import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classifyPlan } from '../../src/domain/severity/classify.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { severitySettings } from '../support/a-change.ts';
import { applyIn, aBench, aStack, planIn, type Bench } from '../support/terraform.ts';
import { providerMirror } from '../support/tools.ts';

const STACK = aStack('terraform', 'envs/prod');
const RULES = { severity: severitySettings(), ignore: [], repo: 'r', stackKey: STACK.key, now: new Date(0) };

/** One output of a stack whose object `a` is changed by hand, before and after a change in Git. */
interface Story {
  before: string;
  after?: string;
  /** By its drift, the output's own value becomes another. */
  ignored?: boolean;
  status: 'drifted' | 'drifted_and_pending';
}

const MODULE =
  'variable "v" {}\nlocals {\n  greeting = "hi ${var.v}"\n}\noutput "out" {\n  value = local.greeting\n}\n';
const call = (v: string) => `module "m" {\n  source = "../../modules/m"\n  v = ${v}\n}\n`;
const locals = (v: string) => `locals {\n  v = ${v}\n}\n`;
const output = (value: string) => `output "o" {\n  value = ${value}\n}\n`;
const LIVE = 'jsonfile_object.a.content["x"]';

describe('outputs beside drift', () => {
  let bench: Bench;
  let env: Record<string, string>;
  beforeAll(async () => {
    const { cliConfigPath } = await providerMirror();
    env = { TF_CLI_CONFIG_FILE: cliConfigPath };
  });
  beforeEach(async () => {
    bench = await aBench();
  });
  afterEach(() => bench.remove());

  const write = (body: string, { ignored }: Pick<Story, 'ignored'>) =>
    bench.write({
      'envs/prod/main.tf': `terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  backend "local" {
    path = "${join(bench.live, 'terraform.tfstate')}"
  }
}
resource "jsonfile_object" "a" {
  path = "${join(bench.live, 'a.json')}"
  content = { x = "1" }
${ignored ? '  lifecycle {\n    ignore_changes = [content]\n  }\n' : ''}}
${body}`,
      'modules/m/main.tf': MODULE,
    });

  it.each<[string, Story]>([
    [
      'a local value that Git changed',
      {
        before: locals('"1"') + output('local.v'),
        after: locals('"2"') + output('local.v'),
        status: 'drifted_and_pending',
      },
    ],
    [
      'local values in a row, the last from a variable',
      {
        before: `variable "w" {\n  default = "1"\n}\nlocals {\n  u = upper(local.v)\n  v = var.w\n}\n${output('local.u')}`,
        after: `variable "w" {\n  default = "b"\n}\nlocals {\n  u = upper(local.v)\n  v = var.w\n}\n${output('local.u')}`,
        status: 'drifted_and_pending',
      },
    ],
    [
      'a module that is given something else',
      {
        before: call('"1"') + output('module.m.out'),
        after: call('"2"') + output('module.m.out'),
        status: 'drifted_and_pending',
      },
    ],
    [
      'another resource, which stays as it is',
      {
        before: `resource "terraform_data" "b" {\n  input = "b"\n}\n${output('terraform_data.b.output')}`,
        after: `resource "terraform_data" "b" {\n  input = "b"\n}\n${output('"${terraform_data.b.output}-2"')}`,
        status: 'drifted_and_pending',
      },
    ],
    ['the object itself', { before: output(LIVE), ignored: true, status: 'drifted' }],
    [
      'a local value of the object',
      { before: locals(LIVE) + output('local.v'), ignored: true, status: 'drifted' },
    ],
    [
      'a module that is given the object',
      { before: call(LIVE) + output('module.m.out'), ignored: true, status: 'drifted' },
    ],
    [
      'a data source that reads the object',
      {
        before: `data "jsonfile_object" "d" {\n  path = jsonfile_object.a.path\n}\n${output('data.jsonfile_object.d.content["x"]')}`,
        ignored: true,
        status: 'drifted',
      },
    ],
  ])('are told apart by what they are made from: %s', async (_, story) => {
    await write(story.before, story);
    await applyIn(bench, 'envs/prod', { env });
    const object = join(bench.live, 'a.json');
    const now = JSON.parse(await readFile(object, 'utf8')) as object;
    await writeFile(object, JSON.stringify({ ...now, x: '9' }));
    await write(story.after ?? story.before, story);
    const { plan } = await planIn(terraformDriver, bench, STACK, { env });
    expect(plan.changes.map(({ address }) => address)).toEqual(['jsonfile_object.a']);
    expect(plan.outputs).toMatchObject([{ name: 'o', action: 'update' }]);
    const { status, drift, pending } = classifyPlan(plan, RULES);
    expect({ status, drift, pending }).toEqual({
      status: story.status,
      drift: 1,
      pending: story.status === 'drifted' ? 0 : 1,
    });
  });
});
