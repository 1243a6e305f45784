import { describe, expect, it } from 'vitest';
import type { StackJson } from '../../api/types.ts';
import { countByFilter, matchesFilters, parseFilters, writeFilters } from './stack-filters.ts';
import { DEFAULT_ORDER, nextOrder, parseOrder, sortStacks, writeOrder } from './stack-order.ts';

function aStack(changes: Partial<StackJson> = {}): StackJson {
  return {
    key: 'envs/prod',
    path: 'envs/prod',
    kind: 'terraform',
    status: 'in_sync',
    drift: 0,
    pending: 0,
    severity: null,
    commit: null,
    scanned_at: null,
    error: null,
    repo: 'my-infra',
    workspace: 'default',
    drifted_since: null,
    oscillating: false,
    health: null,
    ...changes,
  };
}

const filtersOf = (query: string) => parseFilters(new URLSearchParams(query));

describe('the filters of a list of stacks', () => {
  it('survive the way into the URL and back, beside other parameters', () => {
    const filters = filtersOf('q=a+b&status=drifted,errored&severity=high&kind=opentofu&repo=x,y');
    const params = writeFilters(new URLSearchParams('sort=stack'), filters);
    expect(params.get('sort')).toBe('stack');
    expect(parseFilters(params)).toEqual(filters);
  });

  it('drop what is not known', () => {
    expect(filtersOf('status=nonsense,pending&severity=awful')).toMatchObject({
      status: ['pending'],
      severity: [],
    });
  });

  it('take a stack that is both as drifted and as pending', () => {
    const both = aStack({ status: 'drifted_and_pending' });
    expect(matchesFilters(both, filtersOf('status=drifted'))).toBe(true);
    expect(matchesFilters(both, filtersOf('status=pending'))).toBe(true);
    expect(matchesFilters(both, filtersOf('status=in_sync'))).toBe(false);
    expect(countByFilter([both, aStack()])).toEqual({
      drifted: 1,
      pending: 1,
      errored: 0,
      unknown: 0,
      in_sync: 1,
    });
  });

  it('search for every word, in whatever order, in names and errors', () => {
    const failed = aStack({ status: 'errored', error: { code: 'init_failed', message: 'No provider' } });
    expect(matchesFilters(failed, filtersOf('q=PROVIDER+my-infra'))).toBe(true);
    expect(matchesFilters(failed, filtersOf('q=provider+stage'))).toBe(false);
  });
});

describe('the order of a list of stacks', () => {
  it('puts what needs attention most first, errored stacks between high and medium', () => {
    const stacks = [
      aStack({ key: 'ok' }),
      aStack({ key: 'medium', status: 'drifted', severity: 'medium' }),
      aStack({ key: 'broken', status: 'errored' }),
      aStack({ key: 'high', status: 'drifted', severity: 'high' }),
      aStack({ key: 'critical', status: 'pending', severity: 'critical' }),
    ];
    expect(sortStacks(stacks, DEFAULT_ORDER).map((stack) => stack.key)).toEqual([
      'critical',
      'high',
      'broken',
      'medium',
      'ok',
    ]);
  });

  it('turns round at the second press on a column, and is not written when it is the usual one', () => {
    const first = nextOrder(DEFAULT_ORDER, 'drift');
    expect(writeOrder(first)).toBe('-drift');
    expect(writeOrder(nextOrder(first, 'drift'))).toBe('drift');
    expect(writeOrder(DEFAULT_ORDER)).toBe('');
    expect(parseOrder('-drift')).toEqual(first);
    expect(parseOrder('nonsense')).toEqual(DEFAULT_ORDER);
  });
});
