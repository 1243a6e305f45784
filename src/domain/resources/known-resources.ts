import { RESOURCE_HEALTH, type ResourceHealth, type StackResource, type StackResources } from './resource.ts';

/** What is kept of a stack's resources. */
export interface KnownResources {
  /** The declared ones as the newest plan saw them. */
  declared: { at: string; resources: StackResource[] } | null;
  /** The newest look at all of them. */
  looked: ({ at: string } & StackResources) | null;
}

/** The newest that is known of a stack's resources, and when that was. */
export interface ShownResources extends StackResources {
  at: string;
}

/**
 * Puts together what is known: a plan that is newer than the look says how the declared objects are, and the look what they
 * had made by then. Null where nothing is known.
 */
export function shownResources({ declared, looked }: KnownResources): ShownResources | null {
  if (looked === null) return declared && { ...declared, orphans: null, notes: [] };
  if (declared === null || declared.at <= looked.at) return looked;
  const kept = new Set(declared.resources.map(({ address }) => address));
  const children = looked.resources.filter(({ address, parent }) => {
    if (parent === null || !kept.has(parent)) return false;
    kept.add(address);
    return true;
  });
  return { ...looked, at: declared.at, resources: [...declared.resources, ...children] };
}

/**
 * How all of a stack's own objects do: as the worst of them, with its address and reason. Children speak through their owners,
 * and hooks for nobody. Null where none was looked at.
 */
export function stackHealth(resources: readonly StackResource[]): ResourceHealth | null {
  let worst: { resource: StackResource; health: ResourceHealth } | undefined;
  for (const resource of resources) {
    const { health, parent, isHook } = resource;
    if (health === null || parent !== null || isHook || resource.sync === null) continue;
    if (worst === undefined || rank(health) > rank(worst.health)) worst = { resource, health };
  }
  if (worst === undefined) return null;
  const { status, reason } = worst.health;
  if (status === 'healthy') return { status, reason: '' };
  return { status, reason: `${worst.resource.address} is ${status}${reason === '' ? '' : `: ${reason}`}` };
}

function rank({ status }: ResourceHealth): number {
  return RESOURCE_HEALTH.indexOf(status);
}
