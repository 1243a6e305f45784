import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../domain/eligibility/default-policy.ts';
import type { EnvironmentSettings } from '../domain/eligibility/policy.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import { aChange } from '../../test/support/a-change.ts';
import { judgeLocally, type LocalFacts } from './local-verdict.ts';

const policy = defaultPolicy(null);
const environment = (name: string, path: string, required: number): EnvironmentSettings => ({
  name,
  aliases: [],
  sources: [{ repo: null, ref: null, paths: [path] }],
  order: 0,
  policy: { ...policy, approvals: { ...policy.approvals, required } },
});
const settings = {
  environments: [environment('guarded', 'guarded/*', 2), environment('home', 'apps/*', 0)],
  repos: [] as PublishedSettings['repos'],
};
const UPDATE = aChange({ action: 'update', severity: 'low' });
const facts = (more: Partial<LocalFacts> = {}): LocalFacts => ({
  stack: { key: 'apps/shop', kind: 'kubernetes', path: 'apps/shop' },
  plan: { severity: 'low', changes: [UPDATE], ignored: [], outputs: [], emptied: false, confirm: [] },
  error: null,
  repos: ['homelab'],
  prune: false,
  ...more,
});
const plan = (more: Partial<NonNullable<LocalFacts['plan']>>): Partial<LocalFacts> => ({
  plan: { ...facts().plan!, ...more },
});
const DELETED = plan({ changes: [aChange({ action: 'delete', severity: 'high' })] });

describe('a stack of a local folder', () => {
  it.each<[string, Partial<LocalFacts>, string]>([
    ['nobody has to agree', {}, 'apply'],
    ['nothing differs', plan({ changes: [] }), 'clean'],
    [
      'it could not be planned',
      { plan: null, error: { code: 'plan_failed', message: 'No.' } },
      'plan_failed',
    ],
    ['its driver keeps states', { stack: { ...facts().stack, kind: 'terraform' } }, 'no_local_apply'],
    [
      'others have to agree',
      { stack: { key: 'g', kind: 'kubernetes', path: 'guarded/db' } },
      'approval_required',
    ],
    ['it is in no environment', { stack: { key: 'x', kind: 'kubernetes', path: 'x' } }, 'approval_required'],
    ['it deletes something', DELETED, 'prune_needed'],
    ['it may delete something', { ...DELETED, prune: true }, 'apply'],
    ['it may delete all', { ...DELETED, ...plan({ emptied: true, confirm: ['a'] }), prune: true }, 'apply'],
  ])('where %s', (_, more, expected) => {
    const verdict = judgeLocally(facts(more), settings);
    expect(verdict.status === 'refused' ? verdict.code : verdict.status).toBe(expected);
  });

  it('goes by the strictest of the repositories that its folder may be of', () => {
    const own = {
      ...environment('own', '**', 3),
      sources: [{ repo: 'other', ref: null, paths: ['apps/*'] }],
    };
    const both = { ...settings, environments: [own, ...settings.environments] };
    expect(judgeLocally(facts(), both).status).toBe('apply');
    expect(judgeLocally(facts({ repos: ['homelab', 'other'] }), both)).toMatchObject({
      code: 'approval_required',
      message: expect.stringContaining('plumbline sync other --stack apps/shop'),
    });
  });
});
