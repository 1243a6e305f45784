import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KubeObject, objectAddress, objectId } from '../../../kube/object.ts';
import { applyOrder, type ApplyOrder, type Orderable } from './apply-order.ts';
import { needsOf, offerOf } from './needs.ts';
import { SYNC_PHASES, type SyncPhase } from './phases.ts';

const API_VERSIONS: Record<string, string> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  Job: 'batch/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  StorageClass: 'storage.k8s.io/v1',
  Widget: 'example.com/v1',
  WidgetClass: 'example.com/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
};

interface Shape {
  namespace?: string;
  wave?: number;
  phases?: SyncPhase[];
  hook?: boolean;
  /** Of a CRD: the kind that it defines. */
  defines?: string;
}

function an(kind: string, name: string, shape: Shape = {}): Orderable {
  const {
    namespace = '',
    wave = 0,
    phases = ['Sync'],
    hook = phases[0] !== 'Sync',
    defines = 'Widget',
  } = shape;
  const object: KubeObject = {
    apiVersion: API_VERSIONS[kind] ?? 'v1',
    kind,
    metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    ...(kind === 'CustomResourceDefinition'
      ? { spec: { group: 'example.com', names: { kind: defines } } }
      : {}),
  };
  const rules = { phases, wave, hook: hook ? { deletePolicies: [] } : null };
  return { id: objectId(object), object, rules };
}

/** Each stage as `phase/wave names`. */
function shown({ stages, onFailure }: ApplyOrder<Orderable>): string[] {
  return [...stages, ...onFailure].map(
    ({ phase, wave, objects }) => `${phase}/${wave} ${objects.map(({ id }) => id.name).join(' ')}`,
  );
}

describe('applyOrder', () => {
  it('goes by phase, then wave, then kind, then name', () => {
    const order = applyOrder([
      an('Job', 'after', { phases: ['PostSync'], wave: -9 }),
      an('Deployment', 'b'),
      an('Deployment', 'a'),
      an('Service', 'z'),
      an('ConfigMap', 'y'),
      an('Deployment', 'early', { wave: -1 }),
      an('ConfigMap', 'late', { wave: 2 }),
      an('Job', 'before', { phases: ['PreSync'], wave: 9 }),
      an('Job', 'failed', { phases: ['SyncFail'] }),
    ]);
    expect(shown(order)).toEqual([
      'PreSync/9 before',
      'Sync/-1 early',
      'Sync/0 y',
      'Sync/0 z',
      'Sync/0 a b',
      'Sync/2 late',
      'PostSync/-9 after',
      'SyncFail/0 failed',
    ]);
    expect(order.onFailure.map(({ phase }) => phase)).toEqual(['SyncFail']);
  });

  it('goes by the wave first and the kind last in each phase of hooks, too', () => {
    const order = applyOrder(
      (['PostSync', 'SyncFail', 'PreSync'] as const).flatMap((phase) => [
        an('Job', `${phase}-job`, { phases: [phase] }),
        an('ConfigMap', `${phase}-map`, { phases: [phase] }),
        an('Job', `${phase}-first`, { phases: [phase], wave: -3 }),
      ]),
    );
    expect(shown(order)).toEqual(
      ['PreSync', 'PostSync', 'SyncFail'].flatMap((phase) => [
        `${phase}/-3 ${phase}-first`,
        `${phase}/0 ${phase}-map`,
        `${phase}/0 ${phase}-job`,
      ]),
    );
  });

  it("follows Argo CD's order of kinds, custom kinds last", () => {
    const kinds = [
      'NetworkPolicy',
      'ServiceAccount',
      'Secret',
      'ConfigMap',
      'Service',
      'Pod',
      'Job',
      'Ingress',
    ];
    const order = applyOrder(['Widget', ...kinds].toReversed().map((kind) => an(kind, kind)));
    expect(order.stages.flatMap(({ objects }) => objects.map(({ id }) => id.kind))).toEqual([
      ...kinds,
      'Widget',
    ]);
  });

  it('writes within a wave what defines things first, then classes, as Flux does', () => {
    const order = applyOrder([
      an('ServiceAccount', 'account'),
      an('WidgetClass', 'class'),
      an('ClusterRole', 'role'),
      an('ClusterRoleBinding', 'binding'),
      an('CustomResourceDefinition', 'crd'),
      an('Namespace', 'space'),
    ]);
    expect(shown(order)).toEqual([
      'Sync/0 space crd role',
      'Sync/0 class',
      'Sync/0 account',
      'Sync/0 binding',
    ]);
    expect(order.stages.map(({ step }) => step)).toEqual(['definitions', 'classes', 'objects', 'objects']);
  });

  it.each<[string, Orderable[], string[]]>([
    [
      'a CRD of a later wave to its first object',
      [
        an('CustomResourceDefinition', 'crd', { wave: 5 }),
        an('Widget', 'w', { wave: 1 }),
        an('Widget', 'v', { wave: 3 }),
      ],
      ['Sync/1 crd', 'Sync/1 w', 'Sync/3 v'],
    ],
    [
      'a CRD to the phase of a hook',
      [an('CustomResourceDefinition', 'crd'), an('Widget', 'w', { phases: ['PreSync'], wave: 2 })],
      ['PreSync/2 crd', 'PreSync/2 w'],
    ],
    [
      'a namespace to its first object',
      [an('Namespace', 'web', { wave: 2 }), an('ConfigMap', 'c', { namespace: 'web', wave: -1 })],
      ['Sync/-1 web', 'Sync/-1 c'],
    ],
    [
      'nothing that comes early enough: an object never waits for a later wave of its own',
      [an('CustomResourceDefinition', 'crd', { wave: -2 }), an('Widget', 'w', { wave: 1 })],
      ['Sync/-2 crd', 'Sync/1 w'],
    ],
    [
      'no CRD of another kind',
      [an('CustomResourceDefinition', 'crd', { wave: 5, defines: 'Gadget' }), an('Widget', 'w')],
      ['Sync/0 w', 'Sync/5 crd'],
    ],
  ])('moves %s', (_, objects, expected) => {
    expect(shown(applyOrder(objects))).toEqual(expected);
  });

  it('writes an object with several phases in each, and one without in none', () => {
    const order = applyOrder([
      an('Job', 'both', { phases: ['PreSync', 'PostSync'] }),
      an('Job', 'never', { phases: [] }),
    ]);
    expect(shown(order)).toEqual(['PreSync/0 both', 'PostSync/0 both']);
  });

  it('waits two seconds before each further wave, and for what it needs', () => {
    const order = applyOrder([
      an('CustomResourceDefinition', 'crd'),
      an('Widget', 'w'),
      an('ConfigMap', 'c', { wave: 1 }),
      an('Deployment', 'd', { wave: 1 }),
    ]);
    expect(order.stages.map(({ delayMs, waitFor }) => [delayMs, waitFor])).toEqual([
      [0, 'established'],
      [0, 'healthy'],
      [2000, 'nothing'],
      [0, 'nothing'],
    ]);
    expect(order.stages.map(({ awaited }) => awaited.map(({ id }) => id.name))).toEqual([
      ['crd'],
      ['crd', 'w'],
      [],
      [],
    ]);
  });

  it('waits for the hooks of the last wave, though not for its objects', () => {
    const order = applyOrder([an('Deployment', 'd'), an('Job', 'j', { phases: ['Sync'], hook: true })]);
    expect(order.stages.map(({ waitFor }) => waitFor)).toEqual(['nothing', 'hooks']);
    expect(order.stages[1]!.awaited.map(({ id }) => id.name)).toEqual(['j']);
    const withPhase = applyOrder([an('Deployment', 'd'), an('Job', 'j', { phases: ['PostSync'] })]);
    expect(withPhase.stages.map(({ waitFor }) => waitFor)).toEqual(['healthy', 'hooks']);
  });
});

const anyObject: fc.Arbitrary<Orderable> = fc
  .record({
    kind: fc.constantFrom(
      'Namespace',
      'CustomResourceDefinition',
      'ClusterRole',
      'WidgetClass',
      'ConfigMap',
      'Deployment',
      'Widget',
      'Gadget',
    ),
    name: fc.constantFrom('a', 'b', 'web', 'data'),
    namespace: fc.constantFrom('', 'web', 'data'),
    wave: fc.integer({ min: -2, max: 2 }),
    phases: fc.subarray([...SYNC_PHASES]),
    defines: fc.constantFrom('Widget', 'WidgetClass'),
  })
  .map(({ kind, namespace, ...shape }) => {
    const isOfCluster = ['Namespace', 'CustomResourceDefinition', 'ClusterRole', 'WidgetClass'].includes(
      kind,
    );
    return an(kind, shape.name, { ...shape, namespace: isOfCluster ? '' : namespace });
  });

const anyObjects = fc.uniqueArray(anyObject, { maxLength: 14, selector: ({ id }) => objectAddress(id) });

describe('applyOrder, whatever the objects', () => {
  it('is the same for any order of the input', () => {
    fc.assert(
      fc.property(
        anyObjects.chain((objects) =>
          fc.tuple(
            fc.constant(objects),
            fc.shuffledSubarray(objects, { minLength: objects.length, maxLength: objects.length }),
          ),
        ),
        ([objects, shuffled]) => {
          expect(applyOrder(shuffled)).toEqual(applyOrder(objects));
        },
      ),
    );
  });

  it('writes no object before what it needs', () => {
    fc.assert(
      fc.property(anyObjects, (objects) => {
        const { stages, onFailure } = applyOrder(objects);
        const all = [...stages, ...onFailure];
        const firstOffer = new Map<string, number>();
        for (const [index, stage] of all.entries()) {
          for (const item of stage.objects) {
            const offer = offerOf(item);
            if (offer !== null && !firstOffer.has(offer)) firstOffer.set(offer, index);
          }
        }
        for (const [index, stage] of all.entries()) {
          for (const need of stage.objects.flatMap(needsOf)) {
            expect(firstOffer.get(need) ?? -1).toBeLessThan(index);
          }
        }
      }),
    );
  });

  it('writes each object once in each of its phases, and keeps phases and waves apart', () => {
    fc.assert(
      fc.property(anyObjects, (objects) => {
        const { stages, onFailure } = applyOrder(objects);
        const all = [...stages, ...onFailure];
        const written = all.flatMap((stage) => stage.objects.map(({ id }) => objectAddress(id))).toSorted();
        expect(written).toEqual(
          objects.flatMap(({ id, rules }) => rules.phases.map(() => objectAddress(id))).toSorted(),
        );
        const places = all.map(({ phase, wave }) => SYNC_PHASES.indexOf(phase) * 100 + wave);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
    );
  });
});
