import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import { releaseName, releaseWaves } from './release-facts.ts';
import { mergeValues } from './release-values.ts';

const aRelease = (name: string, spec: JsonObject = {}) => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name, namespace: 'web' },
  spec,
});

describe('releaseName', () => {
  it.each<[string, JsonObject, string]>([
    ['its own', { releaseName: 'x', targetNamespace: 'y' }, 'x'],
    ['with the target namespace', { targetNamespace: 'y' }, 'y-shop'],
    ['that of the object', {}, 'shop'],
  ])('%s', (_, spec, name) => {
    expect(releaseName(aRelease('shop', spec))).toBe(name);
  });

  it('cuts what Helm would refuse, with a hash of the whole', () => {
    const name = releaseName(aRelease('a'.repeat(60)));
    expect(name).toMatch(/^a{40}-[0-9a-f]{12}$/);
    expect(name).toHaveLength(53);
  });
});

describe('releaseWaves', () => {
  it('puts each release after those that it depends on', () => {
    const [a, b, c] = [
      aRelease('a', { dependsOn: [{ name: 'b' }, { name: 'c' }] }),
      aRelease('b', { dependsOn: [{ name: 'c', namespace: 'web' }] }),
      aRelease('c'),
    ];
    const { waves, warnings } = releaseWaves([a, b, c]);
    expect([a, b, c].map((one) => waves.get(one))).toEqual([2, 1, 0]);
    expect(warnings).toEqual([]);
  });

  it('says where a need is of another stack, or goes round in a circle', () => {
    const { warnings } = releaseWaves([
      aRelease('a', { dependsOn: [{ name: 'b' }] }),
      aRelease('b', { dependsOn: [{ name: 'a' }, { name: 'x', namespace: 'other' }] }),
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(/circle \(a, b, a\)/),
      expect.stringMatching(/other\/x/),
    ]);
  });
});

describe('mergeValues', () => {
  it('lays mappings over each other, and replaces everything else', () => {
    const base = { a: { b: 1, c: [1, 2] }, d: 'x' };
    expect(mergeValues(base, { a: { c: [3] }, d: null, e: 1 })).toEqual({
      a: { b: 1, c: [3] },
      d: null,
      e: 1,
    });
  });
});
