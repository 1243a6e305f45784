import { describe, expect, it } from 'vitest';
import type { RepoRequest } from '../workflows/inputs.ts';
import { mergeRequests } from './request-queue.ts';

const trace = { trigger: 'cli', actor: 'alice@example.com' };
const voucher = (id: string) => ({ id, at: '', trigger: 'cli', first_trigger: '', seal: 's' });
const sync = (own?: RepoRequest['voucher']): RepoRequest => {
  return { kind: 'sync', ...trace, ...(own === undefined ? {} : { voucher: own }) };
};

describe('the vouchers of requests that become one', () => {
  it.each([
    ['both', voucher('one'), voucher('two')],
    ['the first only', voucher('one'), undefined],
    ['the second only', undefined, voucher('two')],
  ])('stay with the requests that they came with: %s', (_which, first, second) => {
    const [merged, ...more] = mergeRequests([sync(first)], sync(second));
    expect(more).toEqual([]);
    expect(merged!.voucher).toEqual(first);
    expect(merged!.joined).toEqual([second === undefined ? trace : { ...trace, voucher: second }]);
  });
});
