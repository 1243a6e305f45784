import { describe, expect, it } from 'vitest';
import { overlap, stackPaths } from './stack-paths.ts';

describe('stackPaths', () => {
  it.each<[string, string, string[], string[]]>([
    ['a stack that reads nothing else', 'envs/prod', [], ['envs/prod']],
    ['a module beside it', 'envs/prod', ['modules/network'], ['envs/prod', 'modules/network']],
    ['a var file', 'envs/prod', ['shared/prod.tfvars'], ['envs/prod', 'shared/prod.tfvars']],
    ['a module inside of it', 'envs/prod', ['envs/prod/modules/app'], ['envs/prod']],
    [
      'a module that holds another',
      'envs/prod',
      ['modules/net/dns', 'modules/net'],
      ['envs/prod', 'modules/net'],
    ],
    ['names that only begin alike', 'envs/prod', ['envs/prod-eu'], ['envs/prod', 'envs/prod-eu']],
    [
      'the same twice, written otherwise',
      'envs/prod',
      ['./modules/net/', 'modules/net'],
      ['envs/prod', 'modules/net'],
    ],
    ['a stack at the root', '.', ['modules/network'], []],
    ['a stack that calls the root', 'envs/prod', ['.'], []],
  ])('counts as the stack’s: %s', (_, path, sources, paths) => {
    expect(stackPaths(path, sources)).toEqual(paths);
  });
});

describe('overlap', () => {
  it.each([
    ['envs/dev', 'envs/dev', true],
    ['envs/dev', 'envs', true],
    ['envs/dev', 'envs/dev/files', true],
    ['envs/dev', 'envs/dev2', false],
    ['envs/dev', 'envs/prod', false],
  ])('of %s and %s is %s', (one, other, expected) => {
    expect([overlap(one, other), overlap(other, one)]).toEqual([expected, expected]);
  });
});
