import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { WantedObject } from '../rendered.ts';
import { type ApplyRules, applyRules } from './annotations.ts';
import { parseSyncOptions } from './sync-options.ts';

function aDeployment(
  annotations: Record<string, JsonValue> = {},
  labels: Record<string, JsonValue> = {},
): KubeObject {
  const metadata = { name: 'shop', namespace: 'web', annotations, labels };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
}

function rulesOf(
  annotations: Record<string, JsonValue>,
  more: { labels?: Record<string, JsonValue>; stack?: string[]; hook?: WantedObject['hook'] } = {},
): { rules: ApplyRules; warnings: string[] } {
  return applyRules(
    { object: aDeployment(annotations, more.labels), hook: more.hook ?? null },
    parseSyncOptions(more.stack ?? [], 'stack').options,
  );
}

describe('applyRules', () => {
  it('takes an object that says nothing for an ordinary one', () => {
    expect(rulesOf({})).toMatchObject({
      rules: {
        address: 'web/Deployment.apps/shop',
        phases: ['Sync'],
        hook: null,
        wave: 0,
        prune: 'yes',
        prunePropagation: 'Foreground',
        serverSideApply: true,
        ssa: 'override',
        reconcile: true,
      },
      warnings: [],
    });
  });

  it.each<[string, Record<string, string>, Partial<ApplyRules>]>([
    ['a wave', { 'argocd.argoproj.io/sync-wave': '-5' }, { wave: -5 }],
    ['a wave with a sign', { 'argocd.argoproj.io/sync-wave': '+3' }, { wave: 3 }],
    ['Prune=false', { 'argocd.argoproj.io/sync-options': 'Prune=false' }, { prune: 'no' }],
    ['Prune=confirm', { 'argocd.argoproj.io/sync-options': 'Prune=confirm' }, { prune: 'confirm' }],
    ['Delete=false', { 'argocd.argoproj.io/sync-options': 'Delete=false' }, { delete: 'no' }],
    [
      'several options with spaces',
      { 'argocd.argoproj.io/sync-options': ' Force=true , Replace=true,PruneLast=true' },
      { force: true, replace: true, pruneLast: true },
    ],
    [
      'server-side apply switched off',
      { 'argocd.argoproj.io/sync-options': 'ServerSideApply=false' },
      { serverSideApply: false },
    ],
    [
      'a kind that may be missing',
      { 'argocd.argoproj.io/sync-options': 'SkipDryRunOnMissingResource=true' },
      { skipDryRunOnMissingResource: true },
    ],
    [
      'ignored differences that stay',
      { 'argocd.argoproj.io/sync-options': 'RespectIgnoreDifferences=true' },
      { respectIgnoreDifferences: true },
    ],
    [
      'extraneous objects',
      { 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous,ServerSideDiff=true' },
      { ignoreExtraneous: true },
    ],
    ['health left out', { 'argocd.argoproj.io/ignore-healthcheck': 'true' }, { ignoreHealth: true }],
    ['Flux: no pruning', { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }, { prune: 'no' }],
    ['Flux: no reconciling', { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' }, { reconcile: false }],
    ['Flux: force', { 'kustomize.toolkit.fluxcd.io/force': 'Enabled' }, { force: true }],
    ['Flux: merge', { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' }, { ssa: 'merge' }],
    ['Flux: if not present', { 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' }, { ssa: 'ifNotPresent' }],
    ['Flux: ignore', { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' }, { ssa: 'ignore' }],
    ['Flux: override', { 'kustomize.toolkit.fluxcd.io/ssa': 'Override' }, { ssa: 'override' }],
    ['Helm: keep', { 'helm.sh/resource-policy': 'keep' }, { prune: 'no', delete: 'no' }],
    ['ours, as Argo CD writes it', { 'plumbline.dev/sync-wave': '7' }, { wave: 7 }],
    ['ours, as Flux writes it', { 'plumbline.dev/ssa': 'Merge' }, { ssa: 'merge' }],
  ])('understands %s', (_, annotations, expected) => {
    const { rules, warnings } = rulesOf(annotations);
    expect(rules).toMatchObject(expected);
    expect(warnings).toEqual([]);
  });

  it('reads what Flux writes from labels, too', () => {
    expect(rulesOf({}, { labels: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } }).rules.prune).toBe(
      'no',
    );
  });

  it.each<[string, Record<string, string>, string[], Partial<ApplyRules>]>([
    [
      'ours over Argo CD',
      { 'plumbline.dev/sync-wave': '1', 'argocd.argoproj.io/sync-wave': '2' },
      [],
      { wave: 1 },
    ],
    [
      'ours over Argo CD, across the ways to write it',
      { 'plumbline.dev/prune': 'disabled', 'argocd.argoproj.io/sync-options': 'Prune=true' },
      [],
      { prune: 'no' },
    ],
    [
      'Argo CD over Flux',
      {
        'argocd.argoproj.io/sync-options': 'Prune=confirm',
        'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      },
      [],
      { prune: 'confirm' },
    ],
    [
      'Flux over the stack',
      { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
      ['Prune=confirm'],
      { prune: 'no' },
    ],
    [
      'an object over its stack',
      { 'argocd.argoproj.io/sync-options': 'Prune=true,ServerSideApply=true' },
      ['Prune=false', 'ServerSideApply=false'],
      { prune: 'yes', serverSideApply: true },
    ],
    [
      'the stack over the defaults',
      {},
      [
        'CreateNamespace=true',
        'PrunePropagationPolicy=background',
        'PruneLast=true',
        'ApplyOutOfSyncOnly=false',
      ],
      {
        createNamespace: true,
        prunePropagation: 'Background',
        pruneLast: true,
        applyOutOfSyncOnly: false,
      },
    ],
    [
      'only what is said: other options of the stack stay',
      { 'plumbline.dev/sync-options': 'Force=true' },
      ['Replace=true'],
      { force: true, replace: true },
    ],
  ])('prefers %s', (_, annotations, stack, expected) => {
    expect(rulesOf(annotations, { stack }).rules).toMatchObject(expected);
  });

  it.each<[string, Record<string, JsonValue>, string]>([
    [
      'an option nobody knows',
      { 'argocd.argoproj.io/sync-options': 'Prune=false,Prnue=true' },
      '"Prnue=true"',
    ],
    ['a value nobody knows', { 'argocd.argoproj.io/sync-options': 'Prune=maybe' }, 'true, false, confirm'],
    ['an option of stacks', { 'argocd.argoproj.io/sync-options': 'CreateNamespace=true' }, 'whole stack'],
    ['a wave that is no number', { 'argocd.argoproj.io/sync-wave': 'first' }, '"first"'],
    ['a wave that is no text', { 'argocd.argoproj.io/sync-wave': 5 }, 'put its value in quotes'],
    ['a hook nobody knows', { 'argocd.argoproj.io/hook': 'Presync' }, '"Presync"'],
    [
      'a delete policy nobody knows',
      { 'argocd.argoproj.io/hook': 'PreSync', 'argocd.argoproj.io/hook-delete-policy': 'Always' },
      '"Always"',
    ],
    ['a compare option nobody knows', { 'argocd.argoproj.io/compare-options': 'Ignore' }, '"Ignore"'],
    ['a health switch nobody knows', { 'argocd.argoproj.io/ignore-healthcheck': 'yes' }, 'true and false'],
    ['a Flux switch nobody knows', { 'kustomize.toolkit.fluxcd.io/prune': 'no' }, 'enabled and disabled'],
    ['a Flux mode nobody knows', { 'kustomize.toolkit.fluxcd.io/ssa': 'constructor' }, 'IfNotPresent'],
  ])('warns of %s, with the address', (_, annotations, part) => {
    const { warnings } = rulesOf(annotations);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^web\/Deployment\.apps\/shop: /);
    expect(warnings[0]).toContain(part);
  });

  it('leaves out what is not understood, and takes the next best', () => {
    const annotations = { 'plumbline.dev/sync-wave': 'x', 'argocd.argoproj.io/sync-wave': '4' };
    expect(rulesOf(annotations).rules.wave).toBe(4);
  });

  it('uses the namespace of the stack in addresses', () => {
    const object: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' } };
    expect(applyRules({ object, hook: null }, {}, 'data').rules.address).toBe('data/Service/db');
  });
});

describe('hooks in applyRules', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['one phase', { 'argocd.argoproj.io/hook': 'PreSync' }, ['PreSync']],
    ['several, in their order', { 'argocd.argoproj.io/hook': 'SyncFail, PreSync' }, ['PreSync', 'SyncFail']],
    ['Skip: never', { 'argocd.argoproj.io/hook': 'Skip' }, []],
    ['a hook of the deletion: never in a sync', { 'argocd.argoproj.io/hook': 'PostDelete' }, []],
    ['Helm: before install or upgrade', { 'helm.sh/hook': 'pre-install,pre-upgrade' }, ['PreSync']],
    ['Helm: after install or upgrade', { 'helm.sh/hook': 'post-upgrade' }, ['PostSync']],
    ['Helm: tests never run', { 'helm.sh/hook': 'test' }, []],
    ['Helm: rollbacks never run', { 'helm.sh/hook': 'pre-rollback,post-rollback' }, []],
    [
      'Argo CD hooks hide those of Helm',
      { 'argocd.argoproj.io/hook': 'PostSync', 'helm.sh/hook': 'pre-install' },
      ['PostSync'],
    ],
    ['ours hide both', { 'plumbline.dev/hook': 'Sync', 'argocd.argoproj.io/hook': 'PostSync' }, ['Sync']],
  ])('%s', (_, annotations, phases) => {
    const { rules, warnings } = rulesOf(annotations);
    expect(rules.phases).toEqual(phases);
    expect(rules.hook).not.toBeNull();
    expect(warnings).toEqual([]);
  });

  it('takes a CRD of Helm 2 for an ordinary object', () => {
    expect(rulesOf({ 'helm.sh/hook': 'crd-install' }).rules).toMatchObject({ hook: null, phases: ['Sync'] });
  });

  it('takes hook, weight and delete policy from the renderer', () => {
    const hook = { phases: ['post-install'], weight: -3, deletePolicies: ['hook-succeeded'] };
    expect(rulesOf({}, { hook }).rules).toMatchObject({
      phases: ['PostSync'],
      wave: -3,
      hook: { deletePolicies: ['HookSucceeded'] },
    });
  });

  it('prefers a wave that is said to the weight of Helm', () => {
    const annotations = {
      'helm.sh/hook': 'pre-install',
      'helm.sh/hook-weight': '5',
      'argocd.argoproj.io/sync-wave': '1',
    };
    expect(rulesOf({ 'helm.sh/hook': 'pre-install', 'helm.sh/hook-weight': '5' }).rules.wave).toBe(5);
    expect(rulesOf(annotations).rules.wave).toBe(1);
  });

  it('deletes a hook before it is created anew unless something else is said', () => {
    expect(rulesOf({ 'argocd.argoproj.io/hook': 'Sync' }).rules.hook).toEqual({
      deletePolicies: ['BeforeHookCreation'],
    });
    const annotations = {
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded,HookFailed',
    };
    expect(rulesOf(annotations).rules.hook).toEqual({ deletePolicies: ['HookSucceeded', 'HookFailed'] });
  });
});
