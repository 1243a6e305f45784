import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  exactVersion,
  meetsConstraint,
  newestVersion,
  parseVersion,
  parseVersionConstraint,
  type VersionConstraint,
} from './version-constraint.ts';

function constraint(text: string): VersionConstraint {
  const parsed = parseVersionConstraint(text);
  if (parsed === null) throw new Error(`not a constraint: ${text}`);
  return parsed;
}

function meets(version: string, text: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== null && meetsConstraint(parsed, constraint(text));
}

describe('parseVersion', () => {
  it('accepts a leading v, missing numbers, pre-releases and build metadata', () => {
    expect(parseVersion('v1.5.7')?.text).toBe('1.5.7');
    expect(parseVersion('1.5')?.text).toBe('1.5.0');
    expect(parseVersion(' 1.6.0-beta1\n')?.text).toBe('1.6.0-beta1');
    expect(parseVersion('1.6.0+ent')?.text).toBe('1.6.0');
  });

  it.each(['', 'one', '1.x', '1.2.3.4', '../1.2.3', '1.2.3; rm'])('refuses %j', (text) => {
    expect(parseVersion(text)).toBeNull();
  });
});

describe('meetsConstraint', () => {
  it.each([
    ['1.5.7', '1.5.7', true],
    ['1.5.7', 'v1.5.7', true],
    ['1.5.7', '= 1.5.7', true],
    ['1.5.7', '1.5.8', false],
    ['1.5.7', '!= 1.5.7', false],
    ['1.5.8', '!= 1.5.7', true],
    ['1.5.7', '> 1.5.7', false],
    ['1.5.8', '>1.5.7', true],
    ['1.5.7', '>= 1.5.7', true],
    ['1.5.7', '< 1.5.7', false],
    ['1.5.7', '<= 1.5.7', true],
    ['1.5.0', '~> 1.5', true],
    ['1.9.9', '~> 1.5', true],
    ['2.0.0', '~> 1.5', false],
    ['1.4.9', '~> 1.5', false],
    ['1.5.9', '~> 1.5.0', true],
    ['1.6.0', '~> 1.5.0', false],
    ['1.5.1', '~> 1.5.2', false],
    ['3.0.0', '~> 1', true],
    ['0.9.0', '~> 1', false],
    ['1.5.7', '>= 1.3, < 1.6', true],
    ['1.6.0', '>= 1.3, < 1.6', false],
    ['1.5.3', '~> 1.5, != 1.5.3', false],
    ['1.5.4', '~> 1.5,!= 1.5.3', true],
    ['1.6.0-beta1', '>= 1.5', false],
    ['1.6.0-beta1', '1.6.0-beta1', true],
    ['1.6.0-beta2', '>= 1.6.0-beta1', true],
    ['1.7.0-beta2', '>= 1.6.0-beta1', false],
    ['1.6.0', '>= 1.6.0-beta1', true],
    ['1.6.0-beta2', '~> 1.6.0-beta1', true],
    ['1.6.0', '~> 1.6.0-beta1', false],
    ['1.5.7', 'latest', true],
    ['1.6.0-rc1', 'latest', false],
    ['1.5.7', 'latest:^1.5', true],
    ['1.6.0', 'latest:^1\\.5', false],
  ])('version %s, constraint %s: %s', (version, text, expected) => {
    expect(meets(version, text)).toBe(expected);
  });

  it.each(['', '~~> 1.0', '1.0,', '>', '= x', '>= 1.0 < 2.0', 'latest:(a+)+$', 'latest:['])(
    'refuses the constraint %j',
    (text) => {
      expect(parseVersionConstraint(text)).toBeNull();
    },
  );

  it('takes exactly one of three: older, equal, newer', () => {
    const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const held = [meets(a, `< ${b}`), meets(a, `= ${b}`), meets(a, `> ${b}`)];
        expect(held.filter(Boolean)).toHaveLength(1);
        expect(meets(a, `!= ${b}`)).toBe(!meets(a, b));
      }),
    );
  });

  it('takes ~> as the range that it stands for', () => {
    const version = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5));
    fc.assert(
      fc.property(version, version, (a, [major, minor, patch]) => {
        const text = a.join('.');
        expect(meets(text, `~> ${major}.${minor}.${patch}`)).toBe(
          meets(text, `>= ${major}.${minor}.${patch}, < ${major}.${minor + 1}.0`),
        );
        expect(meets(text, `~> ${major}.${minor}`)).toBe(
          meets(text, `>= ${major}.${minor}, < ${major + 1}.0`),
        );
      }),
    );
  });
});

describe('newestVersion', () => {
  it('chooses by number, not by text, and leaves pre-releases and noise out', () => {
    const versions = ['1.9.0', '1.10.1', '1.10.0', '1.11.0-rc1', 'nightly'];
    expect(newestVersion(versions, constraint('~> 1.0'))).toBe('1.10.1');
    expect(newestVersion(versions, constraint('latest'))).toBe('1.10.1');
    expect(newestVersion(versions, constraint('< 1.10'))).toBe('1.9.0');
    expect(newestVersion(versions, constraint('> 2'))).toBeNull();
  });
});

describe('exactVersion', () => {
  it('gives the version that a constraint pins', () => {
    expect(exactVersion(constraint('v1.5.7'))).toBe('1.5.7');
    expect(exactVersion(constraint('~> 1.5'))).toBeNull();
    expect(exactVersion(constraint('latest'))).toBeNull();
  });
});

describe('compareVersions', () => {
  it('puts a pre-release before its release', () => {
    const sorted = ['1.6.0', '1.6.0-rc1', '1.5.9']
      .map((text) => parseVersion(text))
      .filter((version) => version !== null);
    expect(sorted.sort(compareVersions).map((version) => version.text)).toEqual([
      '1.5.9',
      '1.6.0-rc1',
      '1.6.0',
    ]);
  });
});
