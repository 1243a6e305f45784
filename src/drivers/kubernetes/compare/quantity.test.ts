import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQuantityPlace, quantityNanos, sameQuantity } from './quantity.ts';

describe('sameQuantity', () => {
  it.each([
    ['1000m', '1'],
    ['1000m', 1],
    ['0.5', '500m'],
    ['1Gi', '1073741824'],
    ['1.5Gi', '1536Mi'],
    ['1e3', '1k'],
    ['1E3', '1000'],
    ['12E', '12e18'],
    ['+5', '5'],
    ['.5', '0.50'],
    ['-1000m', '-1'],
    ['1n', '0.1n'],
    ['1000000u', '1'],
    ['2.', '2'],
  ])('%s is %s', (a, b) => {
    expect(sameQuantity(a, b)).toBe(true);
  });

  it.each([
    ['1', '1m'],
    ['1G', '1Gi'],
    ['1', '-1'],
    ['1', 'x'],
    ['x', 'x'],
  ])('%s is not %s', (a, b) => {
    expect(sameQuantity(a, b)).toBe(false);
  });

  it.each(['', '.', 'Gi', '1 Gi', '1gi', '1e', '1e400', '1'.repeat(50), true, null, [], {}])(
    'takes %j for no quantity',
    (value) => {
      expect(quantityNanos(value)).toBeUndefined();
    },
  );

  it('agrees on any number of thousandths, however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (thousandths) => {
        expect(sameQuantity(`${thousandths}m`, String(thousandths / 1000))).toBe(true);
        expect(sameQuantity(`${thousandths}m`, `${thousandths + 1}m`)).toBe(false);
      }),
    );
  });
});

describe('isQuantityPlace', () => {
  it.each([
    ['Deployment', 'spec/template/spec/containers/*/resources/limits/cpu', true],
    ['PersistentVolumeClaim', 'spec/resources/requests/storage', true],
    ['ResourceQuota', 'spec/hard/pods', true],
    ['LimitRange', 'spec/limits/*/max/memory', true],
    ['PersistentVolume', 'spec/capacity/storage', true],
    ['Pod', 'spec/volumes/*/emptyDir/sizeLimit', true],
    ['HorizontalPodAutoscaler', 'spec/metrics/*/resource/target/averageValue', true],
    ['ConfigMap', 'data/cpu', false],
    ['ConfigMap', 'data/limits', false],
    ['Deployment', 'metadata/labels/version', false],
    ['Deployment', 'spec/hard/pods', false],
    ['Deployment', 'spec/template/spec/containers/*/env/*/value', false],
  ])('of %s at %s: %s', (kind, path, is) => {
    expect(isQuantityPlace(kind, path.split('/'))).toBe(is);
  });
});
