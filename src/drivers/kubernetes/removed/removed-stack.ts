import type { Stack } from '../../../domain/stack.ts';
import type { DiscoverySource } from '../../driver.ts';
import type { Inventory } from '../inventory.ts';

/** Settings of a stack that only its inventory still knows. */
const REMOVED = 'removed';
const DISCOVERY = 'discovery';

/** By what the other stacks of its commit are found. */
export type OtherStacks = Pick<DiscoverySource, 'include' | 'exclude' | 'origin'>;

/** Whether Git no longer has the stack: it is there to be pruned. */
export function isRemoved({ settings }: Pick<Stack, 'settings'>): boolean {
  return settings?.[REMOVED] === 'true';
}

/** The stack that an inventory is left of. */
export function removedStack(
  inventory: Pick<Inventory, 'stackKey' | 'path' | 'definition' | 'takesAll'>,
  cluster: string,
  { include, exclude, origin }: OtherStacks,
): Stack {
  const { stackKey, path } = inventory;
  const at = stackKey.indexOf('@');
  const others = { include, exclude, ...(origin === undefined ? {} : { origin }) };
  return {
    key: stackKey,
    kind: 'kubernetes',
    path,
    workspace: at < 0 ? 'default' : stackKey.slice(at + 1),
    dependsOn: [],
    ...policyOf(inventory),
    settings: { cluster, source: 'removed', [REMOVED]: 'true', [DISCOVERY]: JSON.stringify(others) },
  };
}

/** Where its definition would have let the objects stay, or nobody knows, they go only by a person's word. */
function policyOf({
  definition,
  takesAll,
}: Pick<Inventory, 'definition' | 'takesAll'>): Pick<Stack, 'policy'> {
  if (definition === undefined || takesAll === true) return {};
  const [file = '', ref = ''] = definition.split('#');
  const from = `${ref.replace('/', ' ')} (${file}, which Git no longer has)`;
  return { policy: { from, automated: { prune: false, selfHeal: true, allowEmpty: true } } };
}

/** How the others are found. */
export function othersOf({ settings }: Pick<Stack, 'settings'>): OtherStacks {
  return JSON.parse(settings?.[DISCOVERY] ?? '{"include":[],"exclude":[]}') as OtherStacks;
}
