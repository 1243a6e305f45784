import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The real parts that tests may be run without, when somebody says so by name, and the files through which tests use them.
 * A test file needs a part when it is one of these or imports one, also by way of other files of test/.
 */
const USED_THROUGH = {
  chromium: ['test/support/browser.ts'],
  postgresql: ['test/support/postgres.ts'],
  'openssh-server': ['test/support/git-ssh.ts'],
  versitygw: ['test/support/s3.ts'],
  kubernetes: ['test/support/kube-cluster.ts', 'test/support/kube-shared.ts'],
  gnupg: [
    'test/support/release-server.ts',
    'test/support/sops.ts',
    'test/integration/git-signatures.test.ts',
  ],
  zip: ['test/support/release-server.ts'],
} as const satisfies Record<string, readonly string[]>;

/** The name of a part that tests may be run without. */
export type OptionalPart = keyof typeof USED_THROUGH;

/** The names in PLUMBLINE_TEST_WITHOUT. @throws Error for a name that is none */
export function partsLeftOut(names: string | undefined): OptionalPart[] {
  const wanted = (names ?? '').split(',').flatMap((name) => name.trim() || []);
  const known = Object.keys(USED_THROUGH);
  for (const name of wanted) {
    if (!known.includes(name))
      throw new Error(`Tests can't be run without "${name}"; only without ${known.join(', ')}.`);
  }
  return [...new Set(wanted)] as OptionalPart[];
}

/** The test files that need one of the named parts: paths from the project's root. Empty when no part is named. */
export function filesLeftOut(names: string | undefined): string[] {
  const parts = partsLeftOut(names);
  if (parts.length === 0) return [];
  const through = new Set<string>(parts.flatMap((part) => USED_THROUGH[part]));
  const needs = (file: string): boolean => [file, ...importsOf(file)].some((each) => through.has(each));
  return readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => `test/${path}`)
    .filter((path) => path.endsWith('.test.ts') && needs(path))
    .sort();
}

/** The files of test/ that a file imports, by whatever way. */
function importsOf(file: string): Set<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const [, target = ''] of text.matchAll(/\bfrom '(\.[^']+\.ts)'/g)) {
      const imported = relative(ROOT, join(ROOT, dirname(path), target));
      if (!imported.startsWith('test/') || found.has(imported)) continue;
      found.add(imported);
      visit(imported);
    }
  };
  visit(file);
  return found;
}
