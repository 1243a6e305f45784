import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import { overlayFields } from './overlay-fields.ts';

const fieldsOf = (overlay: JsonObject) =>
  overlayFields(overlay, { file: 'clusters/home/apps.yaml', line: 3 });
const URL = 'https://example.com/patch.yaml';

describe('what a definition lays over a stack', () => {
  it('is what kustomize needs no file for', () => {
    const overlay = {
      namePrefix: 'my-',
      images: [{ name: 'web', newTag: '2' }],
      labels: [{ pairs: { team: 'kitchen' } }],
      components: ['../labels'],
      patches: [{ target: { kind: 'ConfigMap' }, patch: 'kind: ConfigMap' }],
    };
    expect(fieldsOf(overlay)).toEqual(overlay);
  });

  it('has its patches in it, as kustomize takes them', () => {
    const merge = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    expect(
      fieldsOf({
        patchesStrategicMerge: [merge, 'kind: ConfigMap\nmetadata: { name: b }\n---\nkind: Secret\n'],
        patchesJson6902: [{ target: { kind: 'ConfigMap' }, patch: [{ op: 'remove', path: '/data' }] }],
      }),
    ).toEqual({
      patchesStrategicMerge: [
        JSON.stringify(merge),
        '{"kind":"ConfigMap","metadata":{"name":"b"}}',
        '{"kind":"Secret"}',
      ],
      patchesJson6902: [{ target: { kind: 'ConfigMap' }, patch: '[{"op":"remove","path":"/data"}]' }],
    });
  });

  it.each([
    ['bases', [URL]],
    ['resources', [URL]],
    ['generators', ['run.yaml']],
    ['transformers', ['run.yaml']],
    ['crds', [URL]],
    ['configurations', ['names.yaml']],
    ['openapi', { path: URL }],
    ['configMapGenerator', [{ name: 'a', files: ['/etc/passwd'] }]],
    ['helmCharts', [{ name: 'web' }]],
    ['Components', [URL]],
  ])('has no %s', (field, value) => {
    expect(() => fieldsOf({ [field]: value })).toThrow(
      new RegExp(`^clusters/home/apps\\.yaml:3: the kustomize field ${field} can't be laid over a stack`),
    );
  });

  it.each([
    ['a file', { patchesStrategicMerge: ['patch.yaml'] }],
    ['a URL', { patchesStrategicMerge: [URL] }],
    ['a path of operations', { patchesJson6902: [{ path: URL }] }],
    ['a path', { patches: [{ path: '/etc/passwd' }] }],
    ['a path that is written in another way', { patches: [{ Path: URL }] }],
  ])('has no patch that is %s', (_, overlay) => {
    expect(() => fieldsOf(overlay)).toThrow(/^clusters\/home\/apps\.yaml:3: .* can't be a patch/);
  });

  it('never has a text that kustomize would take for a URL', () => {
    const { patchesStrategicMerge } = fieldsOf({ patchesStrategicMerge: [`${URL}?a: b`] });
    expect(patchesStrategicMerge).toEqual([`{"${URL}?a":"b"}`]);
  });
});
