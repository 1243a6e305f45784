import type { AttributeJson, ChangeJson } from '../../api/types.ts';

/** Attributes by why they differ: what live did, and what Git wants. */
export interface AttributeGroups {
  drift: AttributeJson[];
  pending: AttributeJson[];
}

/** A change's attributes by cause. A change that names none (a deleted object, say) gives the top level of its values. */
export function groupAttributes(change: ChangeJson): AttributeGroups {
  const attributes = change.attributes.length > 0 ? change.attributes : topLevel(change);
  return {
    drift: attributes.filter((attribute) => attribute.cause === 'drift'),
    pending: attributes.filter((attribute) => attribute.cause === 'pending'),
  };
}

function topLevel(change: ChangeJson): AttributeJson[] {
  const before = asObject(change.before);
  const after = asObject(change.after);
  // `before` and `after` say what an apply would do, unless no apply would do anything.
  const cause = change.action === 'none' ? 'drift' : 'pending';
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({
      pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      before: before[name] ?? null,
      after: after[name] ?? null,
      sensitive: false,
      unknown: false,
      cause,
    }));
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A JSON pointer as people write attributes: `/ingress/0/cidr_blocks` is `ingress[0].cidr_blocks`. */
export function attributeName(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (parts.length === 0) return '(whole value)';
  return parts
    .map((part, index) => {
      if (/^\d+$/.test(part)) return `[${part}]`;
      const plain = /^[A-Za-z_][\w-]*$/.test(part);
      return plain ? `${index === 0 ? '' : '.'}${part}` : `[${JSON.stringify(part)}]`;
    })
    .join('');
}
