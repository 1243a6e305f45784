import { describe, expect, it } from 'vitest';
import { shownResources, stackHealth } from './known-resources.ts';
import type { ResourceHealth, StackResource } from './resource.ts';

const EARLIER = '2026-11-20T09:00:00.000Z';
const LATER = '2026-11-20T09:05:00.000Z';

function aResource(address: string, more: Partial<StackResource> = {}): StackResource {
  const [namespace = '', kind = '', name = ''] = address.split('/');
  const none = { parent: null, isHook: false, images: [], written: null, ends: [], events: [] };
  return { address, group: '', kind, namespace, name, sync: 'synced', health: healthy(), ...none, ...more };
}

function healthy(status: ResourceHealth['status'] = 'healthy', reason = ''): ResourceHealth {
  return { status, reason };
}

const looked = (at: string, resources: StackResource[]) => ({ at, resources, orphans: null, notes: ['n'] });

describe('what is shown of a stack', () => {
  const web = aResource('shop/Deployment/web');
  const pod = aResource('shop/Pod/web-1', { parent: web.address, sync: null });

  it('is nothing where nothing is known', () => {
    expect(shownResources({ declared: null, looked: null })).toBeNull();
  });

  it('is the plan before anybody has looked', () => {
    const shown = shownResources({ declared: { at: EARLIER, resources: [web] }, looked: null });
    expect(shown).toEqual({ at: EARLIER, resources: [web], orphans: null, notes: [] });
  });

  it('is the look where that is the newer one', () => {
    const known = { declared: { at: EARLIER, resources: [] }, looked: looked(LATER, [web, pod]) };
    expect(shownResources(known)).toMatchObject({ at: LATER, resources: [web, pod], notes: ['n'] });
  });

  it('is a newer plan with what its objects had made, and without what those that went had made', () => {
    const drifted = aResource(web.address, { sync: 'drifted' });
    const gone = aResource('shop/Job/gone');
    const container = aResource('shop/Pod/web-1/x', { parent: pod.address, sync: null });
    const left = aResource('shop/Pod/gone-1', { parent: gone.address, sync: null });
    const shown = shownResources({
      declared: { at: LATER, resources: [drifted] },
      looked: looked(EARLIER, [web, gone, pod, left, container]),
    });
    expect(shown).toMatchObject({ at: LATER, resources: [drifted, pod, container] });
  });
});

describe('the health of a stack', () => {
  it.each([
    {
      title: 'is not known where nothing was looked at',
      of: [aResource('a/K/x', { health: null })],
      is: null,
    },
    { title: 'is well where all are', of: [aResource('a/K/x'), aResource('a/K/y')], is: healthy() },
    {
      title: 'is that of the worst, with where and why',
      of: [
        aResource('a/K/x', { health: healthy('progressing', 'waits') }),
        aResource('a/K/y', { health: healthy('degraded', 'it crashed') }),
      ],
      is: healthy('degraded', 'a/K/y is degraded: it crashed'),
    },
    {
      title: 'leaves hooks and children out',
      of: [
        aResource('a/K/x'),
        aResource('a/K/y', { parent: 'a/K/x', sync: null, health: healthy('degraded') }),
        aResource('a/Job/z', { isHook: true, sync: null, health: healthy('unknown') }),
      ],
      is: healthy(),
    },
  ])('$title', ({ of, is }) => {
    expect(stackHealth(of)).toEqual(is);
  });
});
