import { describe, expect, it } from 'vitest';
import { blindExtraArgument } from './unit-file.ts';

const unit = (commands: string, ...args: string[]) => `
terraform {
  source = "../modules/site"
  extra_arguments "more" {
    commands  = ${commands}
    arguments = [${args.map((argument) => JSON.stringify(argument)).join(', ')}]
  }
}
`;

describe('blindExtraArgument', () => {
  it.each([
    ['a plan without refresh', unit('["plan"]', '-refresh=false'), '-refresh'],
    ['a target, beside others', unit('["init", "plan"]', '-no-color', '-target=module.a'), '-target'],
    [
      'commands that a function names',
      unit('get_terraform_commands_that_need_vars()', '-destroy'),
      '-destroy',
    ],
  ])('finds %s', (_, text, found) => {
    expect(blindExtraArgument(text)).toBe(found);
  });

  it.each([
    ['arguments of other commands', unit('["apply"]', '-refresh=false')],
    [
      'arguments that change nothing of what is shown',
      unit('["plan"]', '-lock-timeout=10m', '-var-file=a.tfvars'),
    ],
    ['a unit without any', 'terraform {\n  source = "../m"\n}\n'],
  ])('takes %s', (_, text) => {
    expect(blindExtraArgument(text)).toBeUndefined();
  });
});
