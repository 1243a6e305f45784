import { describe, expect, it } from 'vitest';
import type { RepoRequest } from '../workflows/inputs.ts';
import type { BeginTaskInput } from './types.ts';
import { vouchedRequest, vouchersOf } from './vouched-request.ts';

const deps = { digestKey: new Uint8Array(32), now: () => new Date('2026-01-01T00:00:00Z') };
const request: RepoRequest = { kind: 'sync', trigger: 'api', actor: 'alice@example.com' };
const joined = (one: RepoRequest) => [one] as NonNullable<BeginTaskInput['joined']>;

describe('what vouches for a task', () => {
  it('is one voucher for each request that became one with it, and none where one is used twice', () => {
    const first = vouchedRequest(deps, 'home', request);
    const second = vouchedRequest(deps, 'home', request);
    const task = { ...first, repo: 'home' } as BeginTaskInput;
    expect(vouchersOf(deps, { ...task, joined: joined(second) })).toHaveLength(2);
    expect(vouchersOf(deps, { ...task, joined: joined({ ...first, stacks: ['b'] }) })).toEqual([]);
  });
});
