import { describe, expect, it } from 'vitest';
import { createdNamespace } from './created-namespace.ts';

const OWN = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } };

describe('createdNamespace', () => {
  it('is the namespace of the stack', () => {
    expect(createdNamespace('web', [])).toEqual(OWN);
  });

  it.each([
    ['the stack brings it itself', 'web', [{ ...OWN, metadata: { name: 'web', labels: { team: 'a' } } }]],
    ['the stack has none', '', []],
  ])('is none where %s', (_, namespace, objects) => {
    expect(createdNamespace(namespace, objects)).toBeNull();
  });

  it('is not taken for one of another group or name', () => {
    const others = [
      { ...OWN, apiVersion: 'example.com/v1' },
      { ...OWN, metadata: { name: 'data' } },
    ];
    expect(createdNamespace('web', others)).toEqual(OWN);
  });
});
