import { describe, expect, it } from 'vitest';
import { checkNames } from './helm.ts';

const use = { folder: 'apps/web', release: 'web', namespace: 'shop' };

describe('checkNames', () => {
  it.each([
    { release: '--post-renderer=./evil.sh' },
    { release: '-f=/etc/passwd' },
    { release: '' },
    { release: 'web shop' },
    { release: 'Web' },
    { namespace: '--debug' },
    { namespace: 'x'.repeat(64) },
  ])('refuses %j, which Helm could take for something else', (said) => {
    expect(() => checkNames({ ...use, ...said })).toThrowError(/^apps\/web: ".*" is no name of a Helm/);
  });

  it.each([{}, { release: 'web.shop-1' }, { namespace: 'x'.repeat(63) }])('takes %j', (said) => {
    expect(() => checkNames({ ...use, ...said })).not.toThrow();
  });
});
