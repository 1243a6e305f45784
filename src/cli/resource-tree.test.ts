import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { ResourceJson, ResourcesJson } from '../api/schemas/resources.ts';
import { resourceTree } from './resource-tree.ts';

const plain = pc.createColors(false);

function aResource(address: string, more: Partial<ResourceJson> = {}): ResourceJson {
  const [namespace = '', kind = '', name = ''] = address.split('/');
  const known = { address, group: '', kind, namespace, name, parent: null, sync: 'synced' as const };
  const none = { hook: false, images: [], ends: [], events: [], written: null };
  return { ...known, ...none, health: { status: 'healthy', reason: '' }, ...more };
}

function treeOf(resources: ResourceJson[], orphans: ResourceJson[] | null = null): string[] {
  const known = {
    repo: 'homelab',
    stack: 'apps/shop',
    at: '2026-11-20T09:00:00Z',
    age_seconds: 0,
    health: null,
  };
  const found: ResourcesJson = { ...known, resources, orphans, notes: [], problem: null };
  return resourceTree(found, plain).split('\n');
}

describe('the tree of a stack', () => {
  it('puts each object below the one that has made it, with all that is known of it', () => {
    const web = aResource('shop/Deployment.apps/web', {
      sync: 'drifted',
      health: { status: 'progressing', reason: '1 of 2 updated' },
      images: ['example.com/web:1'],
    });
    const set = aResource('shop/ReplicaSet.apps/web-1', { parent: web.address, sync: null });
    const ends = [{ container: 'main', exit_code: 3, reason: 'Error', message: 'no disk' }];
    const at = '2026-11-20T09:04:00Z';
    const events = [{ type: 'Warning', reason: 'BackOff', message: 'again', count: 4, at }];
    const crashed = { health: { status: 'degraded' as const, reason: 'it crashed' }, ends, events };
    const first = aResource('shop/Pod/web-1-a', { parent: set.address, sync: null, ...crashed });
    const second = aResource('shop/Pod/web-1-b', { parent: set.address, sync: null });
    const migrate = aResource('shop/Job.batch/migrate', { sync: null, hook: true, health: null });
    expect(treeOf([web, set, first, second, migrate])).toEqual([
      'shop/Deployment.apps/web  drifted  progressing  example.com/web:1: 1 of 2 updated',
      '└─ shop/ReplicaSet.apps/web-1  healthy',
      '   ├─ shop/Pod/web-1-a  degraded: it crashed',
      '   │    container main ended with 3 (Error): no disk',
      '   │    Warning BackOff: again (4 times), 2026-11-20T09:04:00Z',
      '   └─ shop/Pod/web-1-b  healthy',
      'shop/Job.batch/migrate  hook',
    ]);
  });

  it('lists what nobody declared, and says where there is nothing', () => {
    const one = aResource('shop/ConfigMap/by-hand');
    expect(treeOf([], [one])).toEqual([
      'The stack has no objects.',
      '',
      'Nobody declared:',
      `  ${one.address}`,
    ]);
    expect(treeOf([one], []).slice(1)).toEqual(['', 'Nobody declared: nothing.']);
  });
});
