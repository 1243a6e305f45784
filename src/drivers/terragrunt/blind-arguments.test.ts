import { describe, expect, it } from 'vitest';
import { blindExtraArgument } from './blind-arguments.ts';

const unit = (commands: string, ...args: string[]) => `
terraform {
  source = "../modules/site"
  extra_arguments "more" {
    commands  = ${commands}
    arguments = [${args.map((argument) => JSON.stringify(argument)).join(', ')}]
  }
}
`;

const extra = (what: string) =>
  `terraform {\n  extra_arguments "more" {\n    commands = ["plan"]\n    ${what}\n  }\n}\n`;

describe('blindExtraArgument', () => {
  it.each([
    ['a plan without refresh', unit('["plan"]', '-refresh=false'), '-refresh'],
    ['a target, beside others', unit('["init", "plan"]', '-no-color', '-target=module.a'), '-target'],
    [
      'commands that a function names',
      unit('get_terraform_commands_that_need_vars()', '-destroy'),
      '-destroy',
    ],
    ['a variable', extra('env_vars = { TF_CLI_ARGS_plan = "-lock-timeout=1m -target=x.y" }'), '-target'],
    [
      'a quoted variable',
      extra('env_vars = {\n  A = "1"\n  "TF_CLI_ARGS" = "-refresh=false"\n}'),
      '-refresh',
    ],
    [
      'a local value',
      `locals {\n  more = ["-refresh=false"]\n}\n${extra('arguments = local.more')}`,
      '-refresh',
    ],
    [
      'local values of local values',
      `locals {\n  a = ["-no-color"]\n  b = concat(local.a, local.c)\n  c = ["-destroy"]\n}\n${extra('arguments = local.b')}`,
      '-destroy',
    ],
  ])('finds %s', (_, text, found) => {
    expect(blindExtraArgument(text, 'plan')).toBe(found);
  });

  it.each([
    ['arguments of other commands', unit('["apply"]', '-refresh=false')],
    [
      'arguments that change nothing of what is shown',
      unit('["plan"]', '-lock-timeout=10m', '-var-file=a.tfvars'),
    ],
    ['other variables', extra('env_vars = { TF_CLI_ARGS_apply = "-refresh=false", TF_VAR_a = "-target=x" }')],
    [
      'local values in a circle',
      `locals {\n  a = local.b\n  b = local.a\n}\n${extra('arguments = local.a')}`,
    ],
    ['a unit without any', 'terraform {\n  source = "../m"\n}\n'],
  ])('takes %s', (_, text) => {
    expect(blindExtraArgument(text, 'plan')).toBeUndefined();
  });

  it.each([
    ['an argument', unit('["apply"]', '-lock=false'), '-lock'],
    [
      'a variable',
      extra('env_vars = { TF_CLI_ARGS_apply = "-target=x.y" }').replace('plan', 'apply'),
      '-target',
    ],
    ['what is for plans only', unit('["plan"]', '-refresh=false'), undefined],
  ])('looks at applies: %s', (_, text, found) => {
    expect(blindExtraArgument(text, 'apply')).toBe(found);
  });
});
