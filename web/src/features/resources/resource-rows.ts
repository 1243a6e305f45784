import type { ResourceJson } from '../../api/types.ts';
import { isSettled } from './resource-words.ts';

/** A row of the tree, with what assistive technology is told of its place. */
export interface ResourceRow {
  resource: ResourceJson;
  /** From 1. */
  level: number;
  /** Among its siblings, from 1. */
  position: number;
  siblings: number;
  /** null: it has no children. */
  expanded: boolean | null;
}

/** What is to be seen of a tree. */
export interface TreeView {
  /** What people opened and closed; all else is open where something below it needs a look. */
  opened: ReadonlyMap<string, boolean>;
  /** Part of an address, an image or a reason; empty: all. */
  text: string;
  /** Only what needs a look. */
  attention: boolean;
}

/**
 * The rows of a tree from top to bottom. A search leaves what fits and all that it is part of, opened.
 * @param resources parents before their children
 */
export function resourceRows(resources: readonly ResourceJson[], view: TreeView): ResourceRow[] {
  const children = new Map<string | null, ResourceJson[]>();
  const known = new Set<string>();
  for (const resource of resources) {
    const parent = resource.parent !== null && known.has(resource.parent) ? resource.parent : null;
    known.add(resource.address);
    children.set(parent, [...(children.get(parent) ?? []), resource]);
  }
  const searched = view.text.trim() !== '' || view.attention;
  const shown = keptBy(resources, (one) => fits(one, view));
  const unsettled = keptBy(resources, (one) => !isSettled(one));
  const rows: ResourceRow[] = [];
  const add = (parent: string | null, level: number): void => {
    const own = (children.get(parent) ?? []).filter(({ address }) => !searched || shown.has(address));
    for (const [index, resource] of own.entries()) {
      const { address } = resource;
      const below = children.get(address) ?? [];
      const hasShown = below.some((child) => !searched || shown.has(child.address));
      const isOpen =
        view.opened.get(address) ?? (searched || below.some((child) => unsettled.has(child.address)));
      const expanded = hasShown ? isOpen : null;
      rows.push({ resource, level, position: index + 1, siblings: own.length, expanded });
      if (expanded === true) add(address, level + 1);
    }
  };
  add(null, 1);
  return rows;
}

function fits(resource: ResourceJson, { text, attention }: TreeView): boolean {
  if (attention && isSettled(resource)) return false;
  const wanted = text.trim().toLowerCase();
  const { address, images, health } = resource;
  return [address, ...images, health?.reason ?? ''].some((part) => part.toLowerCase().includes(wanted));
}

/** Addresses of what fits and of all above it. */
function keptBy(resources: readonly ResourceJson[], wanted: (one: ResourceJson) => boolean): Set<string> {
  const parents = new Map(resources.map(({ address, parent }) => [address, parent]));
  const kept = new Set<string>();
  for (const resource of resources) {
    if (!wanted(resource)) continue;
    for (let at: string | null = resource.address; at !== null && !kept.has(at); at = parents.get(at) ?? null)
      kept.add(at);
  }
  return kept;
}
