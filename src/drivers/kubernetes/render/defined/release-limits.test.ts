import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import type { WantedObject } from '../../rendered.ts';
import { ignoredByRelease } from './ignored-by-release.ts';
import { refusalOf, withoutDisabledHooks } from './release-limits.ts';

const aRelease = (spec: JsonObject) => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'shop', namespace: 'web' },
  spec,
});
const NOBODY = { namespace: 'web', definition: null, isConfigured: false };
const ignoring = (target: JsonObject) => ({ driftDetection: { ignore: [{ paths: ['/spec/x'], target }] } });

describe('refusalOf', () => {
  it.each<[string, JsonObject, RegExp]>([
    ['another cluster', { kubeConfig: { secretRef: { name: 'prod' } } }, /spec\.kubeConfig/],
    ['another cluster without a Secret', { kubeConfig: { configMapRef: { name: 'prod' } } }, /kubeConfig/],
    ['a service account', { serviceAccountName: 'deployer' }, /service account web\/deployer/],
    ['values that only the cluster has', { upgrade: { preserveValues: true } }, /preserveValues/],
    ['labels to ignore by', ignoring({ kind: 'Deployment', labelSelector: 'a=b' }), /a labelSelector/],
    ['annotations to ignore by', ignoring({ annotationSelector: 'a=b' }), /an? annotationSelector/],
    ['a pattern to ignore by', ignoring({ name: '(web|db)' }), /the pattern \(web\|db\)/],
  ])('refuses a release with %s', (_, spec, why) => {
    const refusal = refusalOf(aRelease(spec), NOBODY);
    expect(refusal?.summary).toMatch(why);
    expect(refusal?.detail).not.toBe('');
  });

  it.each<[string, JsonObject, object]>([
    ['nothing of that', { values: { a: 1 }, upgrade: { preserveValues: false } }, {}],
    ['targets that are understood', ignoring({ kind: 'Deploy.*', group: 'apps', name: 'web-1' }), {}],
    [
      'the service account of its Kustomization',
      { serviceAccountName: 'deployer' },
      { definition: 'system:serviceaccount:web:deployer' },
    ],
    [
      'a service account where the config decides',
      { serviceAccountName: 'deployer' },
      { isConfigured: true },
    ],
  ])('takes a release with %s', (_, spec, identity) => {
    expect(refusalOf(aRelease(spec), { ...NOBODY, ...identity })).toBeUndefined();
  });

  it('does not take a service account of another namespace for the same', () => {
    const definition = 'system:serviceaccount:flux-system:deployer';
    expect(refusalOf(aRelease({ serviceAccountName: 'deployer' }), { ...NOBODY, definition })).toBeDefined();
  });
});

describe('withoutDisabledHooks', () => {
  const wanted = (name: string, ...phases: string[]): WantedObject => ({
    object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name } },
    source: null,
    hook: phases.length === 0 ? null : { phases, weight: 0, deletePolicies: [] },
  });
  const objects = [
    wanted('plain'),
    wanted('first', 'pre-install'),
    wanted('each', 'post-install', 'post-upgrade'),
    wanted('later', 'pre-upgrade'),
    wanted('last', 'pre-delete'),
  ];
  it.each<[string, JsonObject, [string, ...string[]][]]>([
    [
      'nothing',
      {},
      [
        ['plain'],
        ['first', 'pre-install'],
        ['each', 'post-install', 'post-upgrade'],
        ['later', 'pre-upgrade'],
        ['last', 'pre-delete'],
      ],
    ],
    [
      'installs',
      { install: { disableHooks: true } },
      [['plain'], ['each', 'post-upgrade'], ['later', 'pre-upgrade'], ['last', 'pre-delete']],
    ],
    [
      'both',
      { install: { disableHooks: true }, upgrade: { disableHooks: true } },
      [['plain'], ['last', 'pre-delete']],
    ],
  ])('switches off those of %s', (_, spec, left) => {
    const kept = withoutDisabledHooks(objects, aRelease(spec));
    expect(kept.map(({ object, hook }) => [object.metadata.name, ...(hook?.phases ?? [])])).toEqual(left);
  });
});

describe('ignoredByRelease', () => {
  it('means the objects of the namespace that it names, and no others', () => {
    const of = (namespace: string): WantedObject => ({
      object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', namespace } },
      source: null,
      hook: null,
    });
    const release = aRelease(ignoring({ kind: 'Deployment', namespace: 'web' }));
    expect(ignoredByRelease(release, [of('web'), of('db')])).toMatchObject([{ name: 'a', namespace: 'web' }]);
  });
});
