import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import type { StackDefinition } from '../../definitions/stack-definition.ts';
import type { Parts } from '../render-source.ts';
import { releaseValues } from './release-values.ts';

const release = (valuesFrom: JsonObject[]) => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'shop' },
  spec: { valuesFrom },
});
const VALUES =
  'database: { password: sesame, pin: 123456, port: 1 }\nusers: [alice-key]\nlong: 12345678901234567890\non: true\n';
const own: KubeObject[] = [
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'values' }, stringData: { 'values.yaml': VALUES } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'values' },
    data: { 'values.yaml': 'color: blue' },
  },
];

async function hiddenBy(...valuesFrom: JsonObject[]): Promise<Set<string>> {
  const hidden = new Set<string>();
  const parts = { decryption: { hide: (text: string) => hidden.add(text) } } as unknown as Parts;
  const definition = { path: 'apps' } as StackDefinition;
  await releaseValues(parts, { object: release(valuesFrom), namespace: 'web', definition }, own);
  return hidden;
}

describe('the values of a release', () => {
  it('are hidden one by one where a Secret holds them, but for what is too short', async () => {
    expect(await hiddenBy({ kind: 'Secret', name: 'values' })).toEqual(
      new Set([VALUES, 'sesame', '123456', 'alice-key', '12345678901234567890']),
    );
  });

  it('are not hidden where a ConfigMap holds them', async () => {
    expect(await hiddenBy({ kind: 'ConfigMap', name: 'values' })).toEqual(new Set());
  });
});
