import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import { fluxDefinitions } from './definitions.ts';

const URL = 'https://git.example.com/a/b';
const OWN = {
  urls: ['git.example.com/a/b'],
  branch: 'main',
  clusters: 'clusters',
  hasFolder: () => true,
};
const anObject = (group: string, kind: string, spec: JsonObject) =>
  ({
    object: {
      apiVersion: `${group}.toolkit.fluxcd.io/v1`,
      kind,
      metadata: { name: 'home', namespace: 'flux-system' },
      spec,
    },
    tool: 'flux',
    file: 'home.yaml',
    line: 2,
  }) as const;
const warningsWith = (source: JsonObject) => {
  const sourceRef = { kind: 'GitRepository', name: 'home' };
  const objects = [
    anObject('source', 'GitRepository', { url: URL, ...source }),
    anObject('kustomize', 'Kustomization', { path: './apps', sourceRef }),
  ];
  return fluxDefinitions(objects, OWN);
};

describe('fluxDefinitions', () => {
  it.each<[JsonObject, RegExp]>([
    [{ ignore: '/*.md' }, /\(home\.yaml:2\): ignore of the GitRepository flux-system\/home is not read/],
    [{ include: [{ repository: { name: 'x' } }], ignore: '/*.md' }, /ignore and include of .* are not/],
  ])('warns of what a source says and is not read: %j', (source, why) => {
    const { definitions, warnings } = warningsWith(source);
    expect(definitions).toHaveLength(1);
    expect(warnings).toEqual([expect.stringMatching(why)]);
  });

  it('says nothing of a source that only names the repository', () => {
    expect(
      warningsWith({ interval: '1m', ref: { branch: 'main' }, verify: { mode: 'HEAD' } }).warnings,
    ).toEqual([]);
  });
});
