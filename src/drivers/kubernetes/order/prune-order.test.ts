import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KubeObject, objectAddress, objectId } from '../../../kube/object.ts';
import { applyRules } from './annotations.ts';
import { needsOf, offerOf } from './needs.ts';
import { type Prunable, pruneOrder, type PruneOrder } from './prune-order.ts';

const API_VERSIONS: Record<string, string> = {
  Deployment: 'apps/v1',
  Widget: 'example.com/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
};

interface Shape {
  namespace?: string;
  annotations?: Record<string, string>;
  stack?: Parameters<typeof applyRules>[1];
  leaving?: boolean;
}

function aLive(kind: string, name: string, shape: Shape = {}): Prunable {
  const { namespace = '', annotations = {}, stack = {}, leaving = false } = shape;
  const object: KubeObject = {
    apiVersion: API_VERSIONS[kind] ?? 'v1',
    kind,
    metadata: {
      name,
      annotations,
      ...(namespace === '' ? {} : { namespace }),
      ...(leaving ? { deletionTimestamp: '2026-03-01T10:00:00Z' } : {}),
    },
    ...(kind === 'CustomResourceDefinition'
      ? { spec: { group: 'example.com', names: { kind: 'Widget' } } }
      : {}),
  };
  return { id: objectId(object), object, rules: applyRules({ object, hook: null }, stack).rules };
}

function inWave(wave: number): Shape {
  return { annotations: { 'argocd.argoproj.io/sync-wave': String(wave) } };
}

function shown({ stages }: PruneOrder<Prunable>): string[] {
  return stages.map(({ wave, objects }) => `${wave} ${objects.map(({ id }) => id.name).join(' ')}`);
}

describe('pruneOrder', () => {
  it('mirrors the waves: what came first goes last', () => {
    const objects = [-1, 0, 2].map((wave) => aLive('ConfigMap', `w${wave}`, inWave(wave)));
    expect(shown(pruneOrder(objects, []))).toEqual(['-1 w2', '0 w0', '2 w-1']);
  });

  it.each<[number[], string[]]>([
    [[3], ['3 w3']],
    [
      [-5, 7],
      ['-5 w7', '7 w-5'],
    ],
    [
      [0, 1, 2, 9],
      ['0 w9', '1 w2', '2 w1', '9 w0'],
    ],
    [
      [-3, -2, 0, 4, 5],
      ['-3 w5', '-2 w4', '0 w0', '4 w-2', '5 w-3'],
    ],
  ])('swaps the waves that prunes are in from outside in: %j', (waves, expected) => {
    const objects = waves.map((wave) => aLive('ConfigMap', `w${wave}`, inWave(wave)));
    expect(shown(pruneOrder(objects, [100]))).toEqual(expected);
  });

  it('prunes with PruneLast after the last wave of all, and at least in wave 1', () => {
    const last = { annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } };
    const objects = [aLive('ConfigMap', 'last', last), aLive('ConfigMap', 'plain')];
    expect(shown(pruneOrder(objects, []))).toEqual(['0 plain', '1 last']);
    expect(shown(pruneOrder(objects, [-4, 6]))).toEqual(['0 plain', '7 last']);
    expect(shown(pruneOrder([aLive('ConfigMap', 'all', { stack: { pruneLast: true } })], [3]))).toEqual([
      '4 all',
    ]);
  });

  it('counts the waves of what is pruned for the last wave, too', () => {
    const last = { annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } };
    expect(
      shown(pruneOrder([aLive('ConfigMap', 'w9', inWave(9)), aLive('ConfigMap', 'last', last)], [1])),
    ).toEqual(['0 w9', '10 last']);
  });

  it('prunes the kinds of a wave in reverse, and namespaces after everything else', () => {
    const objects = [
      aLive('Namespace', 'web', inWave(-5)),
      aLive('CustomResourceDefinition', 'crd'),
      aLive('ServiceAccount', 'account', { namespace: 'web' }),
      aLive('Deployment', 'shop', { namespace: 'web' }),
      aLive('Widget', 'w', { namespace: 'web' }),
    ];
    expect(
      pruneOrder(objects, []).stages.map((stage) => stage.objects.map(({ id }) => id.name).join()),
    ).toEqual(['w', 'shop', 'crd', 'account', 'web']);
  });

  it('prunes no CRD before its objects, whatever their waves', () => {
    const objects = [aLive('CustomResourceDefinition', 'crd', inWave(3)), aLive('Widget', 'w', inWave(1))];
    expect(shown(pruneOrder(objects, []))).toEqual(['3 w', '3 crd']);
  });

  it.each<[string, Shape, string]>([
    ['says Prune=false', { annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' } }, 'no_prune'],
    [
      'is not to be pruned by Flux',
      { annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } },
      'no_prune',
    ],
    ['is kept by Helm', { annotations: { 'helm.sh/resource-policy': 'keep' } }, 'no_prune'],
    ['belongs to a stack that never prunes', { stack: { prune: 'no' } }, 'no_prune'],
    ['is a hook', { annotations: { 'argocd.argoproj.io/hook': 'PreSync' } }, 'hook'],
    ['is a hook of Helm', { annotations: { 'helm.sh/hook': 'pre-install' } }, 'hook'],
    [
      'is not reconciled',
      { annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } },
      'not_reconciled',
    ],
    ['is never written', { annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' } }, 'not_reconciled'],
    [
      'may be extraneous',
      { annotations: { 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous' } },
      'ignored',
    ],
    ['is being deleted already', { leaving: true }, 'being_deleted'],
  ])('keeps and reports an object that %s', (_, shape, reason) => {
    const order = pruneOrder([aLive('ConfigMap', 'c', shape)], []);
    expect(order).toEqual({ stages: [], kept: [{ address: 'ConfigMap/c', reason }], toConfirm: [] });
  });

  it('names what needs approval, and still puts it in order', () => {
    const confirm = { annotations: { 'argocd.argoproj.io/sync-options': 'Prune=confirm' } };
    const order = pruneOrder([aLive('ConfigMap', 'b', confirm), aLive('ConfigMap', 'a')], []);
    expect(order.toConfirm).toEqual(['ConfigMap/b']);
    expect(shown(order)).toEqual(['0 a b']);
  });

  it("deletes in the foreground, as Argo CD does, or as the stack's options say", () => {
    const propagations = [
      aLive('ConfigMap', 'a'),
      aLive('ConfigMap', 'b', { stack: { prunePropagation: 'Orphan' } }),
    ];
    const { stages } = pruneOrder(propagations, []);
    expect(stages[0]!.objects.map(({ propagation }) => propagation)).toEqual(['Foreground', 'Orphan']);
  });
});

const anyLive: fc.Arbitrary<Prunable> = fc
  .record({
    kind: fc.constantFrom('Namespace', 'CustomResourceDefinition', 'ConfigMap', 'Deployment', 'Widget'),
    name: fc.constantFrom('a', 'web', 'data'),
    namespace: fc.constantFrom('web', 'data'),
    wave: fc.integer({ min: -2, max: 3 }),
    options: fc.constantFrom('', 'PruneLast=true', 'Prune=confirm', 'Prune=false'),
  })
  .map(({ kind, name, namespace, wave, options }) =>
    aLive(kind, name, {
      namespace: kind === 'Namespace' || kind === 'CustomResourceDefinition' ? '' : namespace,
      annotations: {
        'argocd.argoproj.io/sync-wave': String(wave),
        'argocd.argoproj.io/sync-options': options,
      },
    }),
  );

const anyLives = fc.uniqueArray(anyLive, { maxLength: 12, selector: ({ id }) => objectAddress(id) });
const anyWaves = fc.array(fc.integer({ min: -3, max: 5 }), { maxLength: 4 });

describe('pruneOrder, whatever the objects', () => {
  it('is the same for any order of the input', () => {
    fc.assert(
      fc.property(
        anyLives.chain((objects) =>
          fc.tuple(
            fc.constant(objects),
            fc.shuffledSubarray(objects, { minLength: objects.length, maxLength: objects.length }),
          ),
        ),
        anyWaves,
        ([objects, shuffled], waves) => {
          expect(pruneOrder(shuffled, waves)).toEqual(pruneOrder(objects, waves));
        },
      ),
    );
  });

  it('prunes nothing that others which are pruned still need, and each object once or never', () => {
    fc.assert(
      fc.property(anyLives, anyWaves, (objects, waves) => {
        const { stages, kept } = pruneOrder(objects, waves);
        const lastNeed = new Map<string, number>();
        for (const [index, stage] of stages.entries()) {
          for (const need of stage.objects.flatMap(needsOf)) lastNeed.set(need, index);
        }
        for (const [index, stage] of stages.entries()) {
          for (const offer of stage.objects.flatMap((item) => offerOf(item) ?? [])) {
            expect(lastNeed.get(offer) ?? -1).toBeLessThan(index);
          }
        }
        const all = [
          ...stages.flatMap((stage) => stage.objects.map(({ id }) => objectAddress(id))),
          ...kept.map(({ address }) => address),
        ];
        expect(all.toSorted()).toEqual(objects.map(({ id }) => objectAddress(id)).toSorted());
      }),
    );
  });
});
