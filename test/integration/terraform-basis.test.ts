import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { applyIn, aBench, aStack, planIn, type Bench } from '../support/terraform.ts';

const STACK = aStack('terraform', 'envs/prod');
const MODULE = 'resource "terraform_data" "inner" {\n  count = 2\n}\n';

describe('what a plan rests on, by the real Terraform', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await aBench({ 'modules/m/main.tf': MODULE });
  });
  afterEach(() => bench.remove());

  const main = (body: string) =>
    bench.write({
      'envs/prod/main.tf': `terraform {\n  backend "local" {\n    path = "${join(bench.live, 'terraform.tfstate')}"\n  }\n}\n${body}`,
    });
  const basis = async () => (await planIn(terraformDriver, bench, STACK)).plan.basis;
  const two = 'resource "terraform_data" "a" {}\nmodule "m" {\n  source = "../../modules/m"\n}\n';

  it('counts the objects in the state, those in modules included and data sources left out', async () => {
    const data =
      'data "terraform_remote_state" "r" {\n  backend = "local"\n  config = { path = "none" }\n  defaults = {}\n}\n';
    await main(two);
    expect(await basis()).toEqual({ resources: 0, emptied: false, mockOutputs: false });
    await applyIn(bench, 'envs/prod');
    await main(two + data.replace('"none"', `"${join(bench.live, 'terraform.tfstate')}"`));
    expect(await basis()).toEqual({ resources: 3, emptied: false, mockOutputs: false });
  });

  it.each([
    ['everything is destroyed', '', true],
    [
      'all is destroyed or forgotten',
      'removed {\n  from = terraform_data.a\n  lifecycle {\n    destroy = false\n  }\n}\n',
      true,
    ],
    ['one object stays', 'resource "terraform_data" "a" {}\n', false],
    ['one object takes the place of all', 'resource "terraform_data" "new" {}\n', false],
    ['one object is replaced', 'resource "terraform_data" "a" {\n  triggers_replace = ["2"]\n}\n', false],
  ])('knows whether the stack would be empty: %s', async (_, after, emptied) => {
    await main(two);
    await applyIn(bench, 'envs/prod');
    await main(after);
    expect(await basis()).toEqual({ resources: 3, emptied, mockOutputs: false });
  });
});
