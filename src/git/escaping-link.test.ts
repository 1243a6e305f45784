import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { array, check, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEscapingLink } from './escaping-link.ts';

describe('findEscapingLink', () => {
  it.each([
    ['a', '/etc/passwd'],
    ['a', '..'],
    ['a', '../x'],
    ['a/b', '../../x'],
    ['a', 'b/../..'],
    ['a', './../x'],
    ['a', '/'],
  ])('finds %s -> %s', (path, target) => {
    expect(findEscapingLink(new Map([[path, target]]))).toEqual({ path, target });
  });

  it.each([
    ['a', 'b'],
    ['a/b', '../c'],
    ['a/b', '..'],
    ['a', '.'],
    ['a', 'a'],
    ['a', 'nowhere/at/all'],
    ['a', '...'],
    ['a', 'b/..x/c'],
  ])('passes %s -> %s', (path, target) => {
    expect(findEscapingLink(new Map([[path, target]]))).toBeUndefined();
  });

  it('follows links by way of which a link leaves', () => {
    const links = new Map([
      ['deep/er/up', '../..'],
      ['evil', 'deep/er/up/..'],
    ]);
    expect(findEscapingLink(links)?.path).toBe('evil');
  });

  it('comes to an end with links in a circle', () => {
    expect(
      findEscapingLink(
        new Map([
          ['a', 'b'],
          ['b', 'a/..'],
        ]),
      ),
    ).toBeUndefined();
  });

  it('finds every link that the kernel follows out of the folder', () => {
    const folder = array(constantFrom('a', 'b', 'c'), { maxLength: 2 });
    const target = array(constantFrom('..', '.', 'a', 'b', 'c', 'l0', 'l1', 'l2'), {
      minLength: 1,
      maxLength: 5,
    });
    const entries = array(record({ folder, target }), { minLength: 1, maxLength: 3 });
    const found = check(
      property(entries, (some) => {
        const links = new Map(
          some.map((entry, index) => [[...entry.folder, `l${index}`].join('/'), entry.target.join('/')]),
        );
        return findEscapingLink(links) !== undefined || !kernelLeaves(links);
      }),
      { numRuns: 150 },
    );
    expect(found.counterexample).toBeNull();
  });
});

/** Makes the links for real and asks the kernel whether one of them leads out. */
function kernelLeaves(links: ReadonlyMap<string, string>): boolean {
  const outside = mkdtempSync(join(tmpdir(), 'plumbline-links-'));
  const root = join(realpathSync(outside), 'x', 'root');
  try {
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    for (const [path, target] of links) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    }
    return Array.from(links.keys()).some((path) => {
      const real = resolveReal(join(root, path));
      return real !== null && real !== root && !real.startsWith(`${root}/`);
    });
  } finally {
    rmSync(outside, { recursive: true });
  }
}

function resolveReal(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
