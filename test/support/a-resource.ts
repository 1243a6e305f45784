import type { StackResource } from '../../src/domain/resources/resource.ts';

/** A resource by its address, e.g. `shop/Deployment.apps/web`: in sync and healthy unless said otherwise. */
export function aResource(address: string, more: Partial<StackResource> = {}): StackResource {
  const parts = address.split('/');
  const [kind = '', ...group] = parts.at(-2)!.split('.');
  return {
    address,
    group: group.join('.'),
    kind,
    namespace: parts.length === 3 ? parts[0]! : '',
    name: parts.at(-1)!,
    parent: null,
    sync: 'synced',
    isHook: false,
    health: { status: 'healthy', reason: '' },
    images: [],
    written: null,
    ends: [],
    events: [],
    ...more,
  };
}
