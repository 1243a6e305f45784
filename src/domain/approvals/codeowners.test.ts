import { describe, expect, it } from 'vitest';
import { isOwner, matchesOwnerPattern, ownersOf, parseCodeOwners } from './codeowners.ts';

describe('parseCodeOwners', () => {
  it('reads patterns and owners, and leaves out comments and empty lines', () => {
    const text = '# who\n\n*  @all\nterraform/ @infrastructure-team @org/security # both\r\nsecrets/\n';
    expect(parseCodeOwners(text)).toEqual([
      { pattern: '*', owners: ['@all'], line: 3 },
      { pattern: 'terraform/', owners: ['@infrastructure-team', '@org/security'], line: 4 },
      { pattern: 'secrets/', owners: [], line: 5 },
    ]);
  });

  it('keeps an escaped space in a pattern', () => {
    const rules = parseCodeOwners(String.raw`my\ folder/*.tf alice@example.com`);
    expect(ownersOf(rules, 'my folder/main.tf')).toEqual(['alice@example.com']);
  });

  it.each([
    ['!docs/ @alice', 'a negation'],
    ['docs/[ab].md @alice', 'a range'],
    [String.raw`\#odd @alice`, 'an escaped comment sign'],
    ['docs/ alice', 'an owner without @'],
    ['docs/ @alice bob', 'one good and one bad owner'],
    ['/ @alice', 'nothing but a slash'],
  ])('skips %j: %s', (line) => {
    expect(parseCodeOwners(`${line}\n* @all`)).toEqual([{ pattern: '*', owners: ['@all'], line: 2 }]);
  });

  it('takes a file above 3 MB for empty, as GitHub does', () => {
    expect(parseCodeOwners(`* @all\n${'#'.repeat(3 * 1024 * 1024)}`)).toEqual([]);
  });
});

describe('ownersOf', () => {
  const rules = parseCodeOwners(
    [
      '*                 @everybody',
      'terraform/        @infrastructure-team @security-team',
      'k8s/production/   @infrastructure-team @security-team @platform-team',
      'secrets/          @security-team',
      'terraform/docs/',
    ].join('\n'),
  );

  it('takes the last line that matches', () => {
    expect(ownersOf(rules, 'terraform/prod/main.tf')).toEqual(['@infrastructure-team', '@security-team']);
    expect(ownersOf(rules, 'k8s/production/web.yaml')).toHaveLength(3);
    expect(ownersOf(rules, 'deep/secrets/key.yaml')).toEqual(['@security-team']);
    expect(ownersOf(rules, 'README.md')).toEqual(['@everybody']);
  });

  it('takes a line without owners for unowned', () => {
    expect(ownersOf(rules, 'terraform/docs/index.md')).toEqual([]);
  });

  it('has no owner where nothing matches', () => {
    expect(ownersOf(parseCodeOwners('a/ @alice'), 'b/x')).toEqual([]);
  });
});

describe('matchesOwnerPattern', () => {
  it.each([
    ['*', 'a/b/c.tf', true],
    ['*.tf', 'a/b/c.tf', true],
    ['*.tf', 'a/b/c.tfvars', false],
    ['/*.tf', 'main.tf', true],
    ['/*.tf', 'a/main.tf', false],
    ['docs/*', 'docs/start.md', true],
    ['docs/*', 'docs/build/app.md', false],
    ['docs/*', 'a/docs/start.md', false],
    ['docs/', 'a/docs/build/app.md', true],
    ['/docs/', 'a/docs/build/app.md', false],
    ['/docs/', 'docs/build/app.md', true],
    ['docs/', 'docs', false],
    ['/docs', 'docs', true],
    ['/docs', 'docs/a/b', true],
    ['apps', 'x/apps/y/z', true],
    ['apps', 'x/apps2/y', false],
    ['/apps*', 'apps2/y', true],
    ['**/logs', 'a/b/logs/x', true],
    ['**/logs', 'logs', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['**', 'a', true],
    ['a/?.tf', 'a/b.tf', true],
    ['a/?.tf', 'a/bc.tf', false],
    ['a/*/c', 'a/b/c', true],
    ['a/*/c', 'a/b/b/c', false],
    ['A/', 'a/b', false],
    [String.raw`a/\*.tf`, 'a/*.tf', true],
    [String.raw`a/\*.tf`, 'a/b.tf', false],
  ])('%s about %s: %s', (pattern, path, expected) => {
    expect(matchesOwnerPattern(pattern, path)).toBe(expected);
  });

  it('stays fast on a pattern made to be slow', () => {
    const started = performance.now();
    expect(matchesOwnerPattern(`${'**/*a*'.repeat(8)}/z`, `${'aaaaaaaaaa/'.repeat(100)}y`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('isOwner', () => {
  const person = { by: 'alice@example.com', aliases: ['alice'], teams: ['org/security', 'platform'] };
  it.each([
    ['@alice', true],
    ['@Alice', true],
    ['alice@example.com', true],
    ['@org/security', true],
    ['@org/platform', true],
    ['@platform', true],
    ['@other/security', false],
    ['@security', false],
    ['@bob', false],
    ['bob@example.com', false],
  ])('%s: %s', (owner, expected) => {
    expect(isOwner(owner, person)).toBe(expected);
  });
});
