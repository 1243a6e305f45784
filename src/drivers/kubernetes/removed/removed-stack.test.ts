import { describe, expect, it } from 'vitest';
import { removedStack } from './removed-stack.ts';

const others = { include: [], exclude: [] };
const inventory = { stackKey: 'apps/shop@prod', path: 'apps/shop' };
const definition = 'clusters/home/apps.yaml#Kustomization/flux-system/shop';

describe('removedStack', () => {
  it('waits for people where its definition would have let the objects stay', () => {
    const { policy } = removedStack({ ...inventory, definition }, 'home', others);
    expect(policy).toEqual({
      from: 'Kustomization flux-system/shop (clusters/home/apps.yaml, which Git no longer has)',
      automated: { prune: false, selfHeal: true, allowEmpty: true },
    });
  });

  it.each([
    ['its definition takes all with it', { definition, takesAll: true as const }],
    ['no definition made it', {}],
  ])('goes by the environment where %s', (_, more) => {
    expect(removedStack({ ...inventory, ...more }, 'home', others).policy).toBeUndefined();
  });
});
