import { describe, expect, it } from 'vitest';
import { defaultPolicy, DEFAULT_POLICY } from './eligibility/default-policy.ts';
import {
  conventionalEnvironment,
  defaultEnvironments,
  defaultOrder,
  environmentOfStack,
  findEnvironment,
  policyOfStack,
} from './environments.ts';
import type { EnvironmentSettings } from './eligibility/policy.ts';

function listed(
  name: string,
  sources: { repo?: string; ref?: string; paths?: string[] }[],
  aliases: string[] = [],
): EnvironmentSettings {
  return {
    ...conventionalEnvironment(name),
    aliases,
    sources: sources.map(({ repo = null, ref = null, paths = [] }) => ({ repo, ref, paths })),
  };
}

describe('environmentOfStack', () => {
  it.each([
    ['k8s/production', null, 'production'],
    ['k8s/prod', null, 'production'],
    ['terraform/staging/net', null, 'staging'],
    ['terraform/environments/dev', null, 'development'],
    ['envs/customer-7', null, 'customer-7'],
    ['network', 'production', 'production'],
    ['network', 'refs/heads/prod', 'production'],
    ['network', 'main', null],
    ['network', null, null],
    ['terraform/dev', 'production', 'development'],
  ])('finds %s on branch %s by convention: %s', (path, ref, name) => {
    const stack = { repo: 'infra', ref, path };
    expect(environmentOfStack(defaultEnvironments(), stack)?.name ?? null).toBe(name);
    expect(environmentOfStack([], stack)?.name ?? null).toBe(name);
  });

  const environments = [
    listed('production', [
      { repo: 'infra', paths: ['live/*', './eu/prod/'] },
      { repo: 'apps', ref: 'release' },
    ]),
    listed('apps', [{ repo: 'apps' }]),
    listed('staging', []),
  ];

  it.each([
    ['infra', null, 'live/net', 'production'],
    ['infra', null, 'live/net/dns', 'production'],
    ['infra', 'main', 'eu/prod/web', 'production'],
    ['infra', null, 'envs/prod', null],
    ['infra', null, 'envs/stg', 'staging'],
    ['apps', 'release', 'web', 'production'],
    ['apps', 'main', 'web', 'apps'],
    ['other', null, 'live/net', 'net'],
  ])('finds %s at %s, %s, by the config: %s', (repo, ref, path, name) => {
    expect(environmentOfStack(environments, { repo, ref, path })?.name ?? null).toBe(name);
  });

  it('still guards a stack that is called like production but belongs to none', () => {
    const policy = policyOfStack(environments, { repo: 'infra', ref: null, path: 'envs/prod' });
    expect(policy.approvals.required).toBe(2);
  });
});

describe('findEnvironment', () => {
  const environments = [listed('production', [], ['live']), listed('eu-west', [])];

  it.each([
    ['production', 'production'],
    ['PROD', 'production'],
    ['Live', 'production'],
    ['EU-West', 'eu-west'],
    ['dev', undefined],
  ])('finds %s: %s', (word, name) => {
    expect(findEnvironment(environments, word)?.name).toBe(name);
  });
});

describe('defaultEnvironments', () => {
  it('syncs development before staging before production', () => {
    const names = defaultEnvironments()
      .toSorted((a, b) => a.order - b.order)
      .map(({ name }) => name);
    expect(names).toEqual(['development', 'staging', 'production']);
    expect(defaultOrder('customer-7')).toBeGreaterThan(defaultOrder('staging'));
    expect(defaultOrder('customer-7')).toBeLessThan(defaultOrder('prod'));
  });
});

describe('defaultPolicy', () => {
  it('asks two people in production, one elsewhere, and does nothing by itself', () => {
    expect(defaultPolicy('prod').approvals.required).toBe(2);
    expect(defaultPolicy('prod').autoApproveSafe).toBeNull();
    expect(defaultPolicy('staging')).toBe(DEFAULT_POLICY);
    expect(defaultPolicy(null).approvals.required).toBe(1);
    expect(DEFAULT_POLICY.automated).toBeNull();
  });

  it('retries and approves as safe what the requirements name', () => {
    const { limit, durationMs, factor, maxDurationMs } = DEFAULT_POLICY.retry;
    expect([limit, durationMs, factor, maxDurationMs]).toEqual([3, 5_000, 2, 180_000]);
    expect(DEFAULT_POLICY.autoApproveSafe?.patterns).toEqual([
      '^docs/',
      '^README',
      '.*\\.md$',
      '^.*\\/values-dev\\.yaml$',
    ]);
  });
});
