import { describe, expect, it } from 'vitest';
import { environmentName, environmentOf } from './environment.ts';

describe('environmentOf', () => {
  it.each([
    ['k8s/production', 'production'],
    ['k8s/prod/web', 'production'],
    ['terraform/staging', 'staging'],
    ['terraform/environments/dev', 'development'],
    ['envs/prod', 'production'],
    ['envs/customer-7/network', 'customer-7'],
    ['apps/shop/overlays/stg', 'staging'],
    ['prod/network', 'production'],
    ['terraform/network/prod', 'production'],
    ['terraform/network', 'network'],
    ['live/customer-7/vpc', 'customer-7'],
    ['network', null],
    ['terraform/modules/vpc', null],
    ['.', null],
  ])('finds in %s the environment %s', (path, name) => {
    expect(environmentOf(path)).toBe(name);
  });
});

describe('environmentName', () => {
  it('knows the short forms and keeps names of its own', () => {
    expect(environmentName('PRD')).toBe('production');
    expect(environmentName('eu-west')).toBe('eu-west');
    expect(environmentName('constructor')).toBe('constructor');
  });
});
