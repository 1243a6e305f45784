import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesLeftOut, partsLeftOut } from '../support/left-out.ts';
import { missingParts, type RealPart } from '../support/real-parts.ts';

const TEST = new URL('../', import.meta.url);
const quiet = () => undefined;
const there = async () => 'a path';
const gone = async () => {
  throw new Error('It is not there. On Debian: apt-get install it');
};

describe('the real parts of the tests', () => {
  const parts: RealPart[] = [
    { what: 'git', get: there, name: null },
    { what: 'Chromium', get: gone, name: 'chromium' },
    { what: 'temporal', get: gone, name: null },
  ];

  it('are all named that are missing, each with what to do', async () => {
    expect(await missingParts(parts, [], quiet)).toEqual([
      'Chromium: It is not there. On Debian: apt-get install it\nOr leave its tests out: npm test -- --without chromium',
      'temporal: It is not there. On Debian: apt-get install it',
    ]);
  });

  it('are not asked for when they are left out by name', async () => {
    expect(await missingParts(parts.slice(0, 2), ['chromium'], quiet)).toEqual([]);
  });
});

describe('tests that are left out', () => {
  it('are none when nothing is said', () => {
    expect(filesLeftOut(undefined)).toEqual([]);
    expect(filesLeftOut('')).toEqual([]);
  });

  it('are exactly those that open a page, without a browser', () => {
    const all = readdirSync(TEST, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.test.ts'),
    );
    const pages = all.filter((path) =>
      /startBrowser\(\)|guardedPages\(/.test(readFileSync(new URL(path, TEST), 'utf8')),
    );
    expect(filesLeftOut('chromium')).toEqual(pages.map((path) => `test/${path}`).sort());
  });

  it('are those that need the part by way of another file, too', () => {
    expect(filesLeftOut('postgresql')).toContain('test/contract/store-tasks.test.ts');
    expect(filesLeftOut('postgresql')).not.toContain('test/contract/driftd-api.test.ts');
    expect(filesLeftOut('openssh-server,zip')).toEqual([
      'test/integration/git-revert-push.test.ts',
      'test/integration/git-ssh.test.ts',
      'test/integration/toolchain-github.test.ts',
      'test/integration/toolchain.test.ts',
    ]);
  });

  it('are asked for by a name that is known', () => {
    expect(partsLeftOut(' chromium,zip,chromium ')).toEqual(['chromium', 'zip']);
    expect(() => partsLeftOut('temporal')).toThrow('"temporal"');
  });
});
