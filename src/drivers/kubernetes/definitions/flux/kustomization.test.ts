import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import { readFluxKustomization } from './kustomization.ts';

const read = (spec: JsonObject) => {
  const object = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'flux-system' },
    spec,
  };
  return readFluxKustomization({ object, tool: 'flux', file: 'apps.yaml', line: 4 }, []);
};

describe('readFluxKustomization', () => {
  it.each<[JsonObject, true | undefined]>([
    [{ prune: true }, true],
    [{ prune: false }, undefined],
    [{ prune: true, deletionPolicy: 'MirrorPrune' }, true],
    [{ prune: true, deletionPolicy: 'Orphan' }, undefined],
    [{ prune: false, deletionPolicy: 'Delete' }, true],
    [{ prune: false, deletionPolicy: 'WaitForTermination' }, true],
  ])('with %j takes its objects with it: %s', (spec, takesAll) => {
    expect(read(spec).definition?.takesAll).toBe(takesAll);
  });

  it('leaves out what names a cluster that only another cluster knows', () => {
    const { definition, warnings } = read({ kubeConfig: { secretRef: { name: 'prod' } } });
    expect(definition).toBeNull();
    expect(warnings).toEqual([expect.stringMatching(/\(apps\.yaml:4\) is left out: .*spec\.kubeConfig/)]);
  });
});
