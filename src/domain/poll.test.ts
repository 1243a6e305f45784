import { describe, expect, it } from 'vitest';
import { anEnvironment } from '../../test/support/environments.ts';
import type { EnvironmentPolicy } from './eligibility/policy.ts';
import { afterPush, betweenPushes, drawsOn, mayRepair, pollInterval } from './poll.ts';

const AUTOMATED: Partial<EnvironmentPolicy> = {
  automated: { prune: true, selfHeal: false, allowEmpty: false },
};
const HEALED: Partial<EnvironmentPolicy> = {
  automated: { prune: true, selfHeal: true, allowEmpty: false },
};
const from = (repo: string | null, ...paths: string[]) => ({ repo, ref: null, paths });

function environment(
  name: string,
  policy: Partial<EnvironmentPolicy>,
  ...sources: ReturnType<typeof from>[]
) {
  return { ...anEnvironment(name, policy), sources };
}

describe('drawsOn', () => {
  it.each<[string, ReturnType<typeof from>[], boolean]>([
    ['by convention', [], true],
    ['every repo', [from(null)], true],
    ['this one', [from('other'), from('shop', 'apps/**')], true],
    ['another', [from('other')], false],
  ])('says of an environment that draws on %s: %s', (_what, sources, expected) => {
    expect(drawsOn({ sources }, 'shop')).toBe(expected);
  });
});

describe('pollInterval', () => {
  const dev = environment('dev', AUTOMATED, from('shop'));
  const production = environment('production', {}, from('shop'));
  it.each<[string, number | undefined, (typeof dev)[], number | null]>([
    ['is a minute where an environment is kept without people', undefined, [production, dev], 60_000],
    ['is never where none is', undefined, [production], null],
    [
      'is never where those draw on other repos',
      undefined,
      [environment('dev', AUTOMATED, from('other'))],
      null,
    ],
    ['is what the config says', 300_000, [production], 300_000],
    ['is never where the config says so', 0, [dev], null],
  ])('%s', (_rule, given, environments, expected) => {
    expect(pollInterval(given, 'shop', environments)).toBe(expected);
  });
});

describe('afterPush', () => {
  const dev = environment('dev', AUTOMATED, from('shop', 'apps/dev'));
  const production = environment('production', {}, from('shop', 'apps/production'));
  const sync = { kind: 'sync', trigger: 'push', environments: ['development'] };
  const scan = { kind: 'scan', trigger: 'push' };
  it.each<[string, (typeof dev)[], object[]]>([
    ['shows it where nothing is kept without people', [production], [scan]],
    ['shows it where no environment is known', [], [scan]],
    ['syncs what is kept without people, and shows the rest', [dev, production], [sync, scan]],
    ['shows what may be of no environment', [dev], [sync, scan]],
    ['only syncs where all is kept without people', [environment('dev', AUTOMATED, from('shop'))], [sync]],
    ['leaves out environments of other repos', [dev, environment('b', AUTOMATED, from('b'))], [sync, scan]],
  ])('%s', (_rule, environments, expected) => {
    expect(afterPush('shop', environments)).toEqual(expected);
  });
});

describe('betweenPushes', () => {
  const repos = [{ name: 'shop', branch: null }] as never;
  it('repairs the environments that heal themselves and have stacks, and nothing else', () => {
    const environments = [
      environment('dev', HEALED, from('shop', 'dev/**')),
      environment('test', HEALED, from('shop', 'test/**')),
      environment('staging', AUTOMATED, from('shop', 'staging/**')),
    ];
    const stack = (path: string, name: string | null) => ({ path, environment: name });
    const settings = { repos, environments };
    expect(betweenPushes('shop', settings, [stack('staging/a', 'staging'), stack('x', null)])).toEqual([]);
    const stacks = [stack('dev/a', 'dev'), stack('dev/b', 'dev'), stack('staging/a', 'staging')];
    expect(betweenPushes('shop', settings, stacks)).toEqual([
      { kind: 'reconcile', trigger: 'schedule', environments: ['dev'] },
    ]);
  });
});

describe('mayRepair', () => {
  const at = (second: number) => new Date(Date.parse('2026-03-04T12:00:00Z') + second * 1000);
  const ended = (from: number, to: number | null) => ({
    startedAt: at(from).toISOString(),
    endedAt: to === null ? null : at(to).toISOString(),
  });
  it.each<[string, ReturnType<typeof ended> | undefined, boolean]>([
    ['none was before', undefined, true],
    ['one is under way', ended(0, null), false],
    ['a short one was before', ended(0, 2), true],
    ['one that took longer has not rested twice that time', ended(0, 25), false],
  ])('says, where %s', (_when, last, expected) => {
    expect(mayRepair(last, at(60))).toBe(expected);
  });
});
