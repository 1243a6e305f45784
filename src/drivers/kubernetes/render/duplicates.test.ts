import { describe, expect, it } from 'vitest';
import type { WantedObject } from '../rendered.ts';
import { findDuplicates } from './duplicates.ts';

const wanted = (apiVersion: string, name: string, source: WantedObject['source'] = null): WantedObject => ({
  object: { apiVersion, kind: 'Ingress', metadata: { name, namespace: 'web' } },
  source,
  hook: null,
});

describe('findDuplicates', () => {
  it('goes by identity, of which the version is no part', () => {
    const objects = [
      wanted('networking.k8s.io/v1beta1', 'a', { file: 'a.yaml', line: 3 }),
      wanted('networking.k8s.io/v1', 'a'),
      wanted('extensions/v1beta1', 'a'),
      wanted('networking.k8s.io/v1', 'b'),
    ];
    expect(findDuplicates(objects, 'app')).toMatchObject([
      {
        file: 'app',
        line: null,
        summary: 'web/Ingress.networking.k8s.io/a is there twice, first at a.yaml:3',
      },
    ]);
  });
});
