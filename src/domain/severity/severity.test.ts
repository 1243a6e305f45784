import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAttribute, aRawChange, severitySettings } from '../../../test/support/a-change.ts';
import { ACTIONS, SEVERITIES, type RawChange } from '../change.ts';
import { compareSeverity, severityOf, worstSeverity } from './severity.ts';

const settings = severitySettings();
const verdict = (changes: Partial<RawChange>, own = settings): string => {
  const { severity, reason } = severityOf(aRawChange(changes), own);
  return `${severity}: ${reason}`;
};
const update = (kind: string, ...pointers: string[]): Partial<RawChange> => ({
  kind,
  attributes: pointers.map((pointer) => anAttribute(pointer)),
});
const goneLive = { action: 'create' as const, drift: { actions: ['delete'], before: {}, after: null } };

describe('severityOf by the built-in tables', () => {
  it.each<[string, Partial<RawChange>]>([
    ['low: tags', update('aws_instance', '/tags/owner', '/tags_all/owner')],
    ['low: description', update('aws_security_group', '/description')],
    ['low: description', update('aws_security_group', '/ingress/0/description')],
    ['critical: identity and access', update('aws_iam_policy', '/policy')],
    ['critical: access policy', update('aws_iam_role', '/assume_role_policy')],
    ['critical: access control of the cluster', update('ClusterRoleBinding', '/aggregationRule')],
    ['critical: secrets', update('kubernetes_secret_v1', '/data/key')],
    ['critical: certificates', update('aws_acm_certificate', '/domain_name')],
    ['high: networking', update('aws_subnet', '/cidr_block')],
    ['high: storage', update('aws_s3_bucket', '/bucket_prefix')],
    ['high: compute', update('aws_instance', '/instance_type')],
    ['medium: number of replicas', update('Deployment', '/spec/replicas')],
    ['high: image or version that runs', update('Deployment', '/spec/template/spec/containers/0/image')],
    ['critical: security context', update('Deployment', '/spec/template/spec/securityContext/runAsUser')],
    ['medium: labels', update('kubernetes_deployment', '/metadata/0/labels/app')],
    ['medium: configuration', update('ConfigMap', '/data/key')],
    ['critical: database to be deleted', { kind: 'aws_db_instance', action: 'delete' }],
    ['critical: database to be replaced', { kind: 'google_sql_database_instance', action: 'replace' }],
    ['critical: stored data deleted outside of Git', { kind: 'PersistentVolumeClaim', ...goneLive }],
    ['critical: storage to be deleted', { kind: 'azurerm_managed_disk', action: 'delete' }],
    ['medium: resource deleted outside of Git', { kind: 'local_file', ...goneLive }],
    ['low: only moved', { kind: 'aws_db_instance', action: 'move' }],
    ['low: no infrastructure of its own', { kind: 'terraform_data', action: 'replace' }],
  ])('says %s', (expected, change) => {
    expect(verdict(change)).toBe(expected);
  });

  it('is as bad as the worst attribute', () => {
    expect(verdict(update('aws_instance', '/tags/a', '/ami'))).toBe('high: image or version that runs');
  });

  it('takes values that follow from others for no reason of their own', () => {
    const change = aRawChange({
      kind: 'aws_instance',
      attributes: [anAttribute('/tags/a'), anAttribute('/tags_hash', { unknown: true })],
    });
    expect(severityOf(change, settings).severity).toBe('low');
  });

  it('counts a changed sensitive value as at least high', () => {
    const change = { attributes: [anAttribute('/content', { sensitive: true })] };
    expect(verdict(change)).toBe('high: sensitive value');
  });
});

describe('severityOf by the values', () => {
  const open = 'critical: open to the internet';
  it.each<[string, Partial<RawChange>]>([
    [
      open,
      {
        kind: 'aws_security_group',
        attributes: [anAttribute('/ingress/0/cidr_blocks/0', { after: '0.0.0.0/0' })],
      },
    ],
    [
      open,
      {
        kind: 'aws_security_group',
        attributes: [anAttribute('/ingress', { after: [{ ipv6_cidr_blocks: ['::/0'] }] })],
      },
    ],
    [
      open,
      {
        kind: 'aws_security_group_rule',
        action: 'create',
        cause: 'pending',
        after: { type: 'ingress', cidr_blocks: ['0.0.0.0/0'] },
      },
    ],
    [
      open,
      {
        kind: 'aws_vpc_security_group_ingress_rule',
        attributes: [anAttribute('/cidr_ipv4', { before: '0.0.0.0/0' })],
      },
    ],
    [
      open,
      {
        kind: 'google_compute_firewall',
        attributes: [anAttribute('/source_ranges/0', { after: '0.0.0.0/0' })],
      },
    ],
    [
      open,
      {
        kind: 'azurerm_network_security_rule',
        attributes: [anAttribute('/source_address_prefix', { after: 'Internet' })],
      },
    ],
    [
      'high: network access rules',
      {
        kind: 'aws_security_group',
        attributes: [anAttribute('/ingress/0/cidr_blocks/0', { after: '10.0.0.0/8' })],
      },
    ],
    [
      'high: network access rules',
      {
        kind: 'aws_security_group',
        attributes: [anAttribute('/egress/0/cidr_blocks/0', { after: '0.0.0.0/0' })],
      },
    ],
    [
      'high: network access rules',
      {
        kind: 'aws_security_group_rule',
        after: { type: 'egress' },
        attributes: [anAttribute('/cidr_blocks/0', { after: '0.0.0.0/0' })],
      },
    ],
    [
      'critical: storage is public',
      { kind: 'aws_s3_bucket', attributes: [anAttribute('/acl', { after: 'public-read' })] },
    ],
    ['critical: public access to storage', update('aws_s3_bucket_public_access_block', '/x')],
    [
      'critical: open to everyone',
      { kind: 'google_storage_bucket_member', attributes: [anAttribute('/member', { after: 'allUsers' })] },
    ],
    [
      'critical: reachable from the internet',
      { kind: 'aws_db_instance', attributes: [anAttribute('/publicly_accessible', { after: true })] },
    ],
    [
      'critical: container with rights on its host',
      { kind: 'Pod', attributes: [anAttribute('/spec/hostNetwork', { after: true })] },
    ],
    [
      'high: encryption is off',
      { kind: 'example_volume', attributes: [anAttribute('/encrypted', { after: false })] },
    ],
  ])('says %s', (expected, change) => {
    expect(verdict(change)).toBe(expected);
  });
});

describe('severityOf by keywords', () => {
  it.each<[string, Partial<RawChange>]>([
    ['critical: keyword "rbac"', { kind: 'example_rbac' }],
    ['critical: keyword "secrets"', { name: 'database_secret' }],
    ['critical: keyword "security"', update('example_thing', '/spec/securityLevel')],
    ['high: keyword "networking"', { kind: 'example_network' }],
    ['medium: keyword "configurations"', { name: 'app_config' }],
    ['low: keyword "metadata"', update('example_thing', '/metadata/x')],
    [
      'low: no rule or keyword matches',
      { kind: 'local_file', name: 'insecurity', ...update('local_file', '/content') },
    ],
    ['critical: keyword "security"', { kind: 'terraform_data', name: 'security_baseline' }],
  ])('says %s', (expected, change) => {
    expect(verdict(change)).toBe(expected);
  });

  it('takes lists of the config instead of its own', () => {
    const own = { ...settings, keywords: { critical: ['payroll'], high: [], medium: [], low: [] } };
    expect(verdict({ name: 'payrolls' }, own)).toBe('critical: keyword "payroll"');
    expect(verdict({ name: 'rbac' }, own)).toBe('low: no rule or keyword matches');
  });
});

describe('severityOf by rules of the config', () => {
  it('tries them first, in their order', () => {
    const own = severitySettings([
      { type: 'aws_iam_*', severity: 'medium', reason: 'a sandbox' },
      { type: 'aws_*', severity: 'critical' },
    ]);
    expect(verdict(update('aws_iam_role', '/name'), own)).toBe('medium: a sandbox');
    expect(verdict({ kind: 'aws_s3_bucket', action: 'delete' }, own)).toBe('critical: own rule');
  });

  it('applies a rule about an attribute to that attribute only', () => {
    const own = severitySettings([{ pointer: '/ingress*', severity: 'low' }]);
    expect(verdict(update('aws_security_group', '/ingress/0/from_port'), own)).toBe('low: own rule');
    expect(verdict(update('aws_security_group', '/ingress/0/from_port', '/name'), own)).toBe(
      'high: network access rules',
    );
  });

  it('can be about an action', () => {
    const own = severitySettings([{ action: 'delete', severity: 'high' }]);
    expect(verdict({ kind: 'local_file', action: 'delete' }, own)).toBe('high: own rule');
    expect(verdict({ kind: 'local_file' }, own)).toBe('low: no rule or keyword matches');
  });
});

describe('severityOf', () => {
  it('never rates a change lower for having one more attribute', () => {
    const pointer = fc.constantFrom(
      '/tags/a',
      '/description',
      '/policy',
      '/replicas',
      '/ami',
      '/metadata/x',
      '/foo',
    );
    const kind = fc.constantFrom(
      'aws_instance',
      'aws_iam_role',
      'local_file',
      'ConfigMap',
      'aws_security_group',
    );
    fc.assert(
      fc.property(
        kind,
        fc.array(pointer, { minLength: 1 }),
        pointer,
        fc.constantFrom(...ACTIONS),
        (kind, pointers, more, action) => {
          const of = (list: string[]): RawChange => aRawChange({ ...update(kind, ...list), action });
          const fewer = severityOf(of(pointers), settings).severity;
          const all = severityOf(of([...pointers, more]), settings).severity;
          expect(compareSeverity(all, fewer)).toBeLessThanOrEqual(0);
        },
      ),
    );
  });
});

describe('worstSeverity', () => {
  it('finds the worst, and nothing in nothing', () => {
    expect(worstSeverity(['low', 'high', 'medium'])).toBe('high');
    expect(worstSeverity([])).toBeNull();
    expect(SEVERITIES.toSorted(compareSeverity)).toEqual([...SEVERITIES]);
  });
});
