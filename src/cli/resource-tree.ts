import type { ResourceJson, ResourcesJson } from '../api/schemas/resources.ts';
import type { Io } from './io.ts';

type Colors = Io['colors'];

/**
 * A stack's resources as a tree: each with where it stands and how it does, and below it how its containers ended and what the
 * cluster said of it.
 */
export function resourceTree({ resources, orphans }: ResourcesJson, colors: Colors): string {
  const byParent = Map.groupBy(resources, ({ parent }) => parent);
  const lines: string[] = [];
  const add = (resource: ResourceJson, first: string, rest: string): void => {
    lines.push(`${first}${headline(resource, colors)}`);
    const children = byParent.get(resource.address) ?? [];
    const bar = children.length > 0 ? '│ ' : '  ';
    for (const detail of details(resource)) lines.push(`${rest}${bar}${colors.dim(detail)}`);
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      add(child, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`);
    }
  };
  for (const root of byParent.get(null) ?? []) add(root, '', '');
  if (resources.length === 0) lines.push('The stack has no objects.');
  if (orphans === null) return lines.join('\n');
  lines.push('', orphans.length === 0 ? 'Nobody declared: nothing.' : 'Nobody declared:');
  for (const { address } of orphans) lines.push(`  ${address}`);
  return lines.join('\n');
}

function headline({ address, sync, hook, health, images }: ResourceJson, colors: Colors): string {
  const words = [
    address,
    hook ? colors.dim('hook') : undefined,
    sync === null ? undefined : paint(sync, GOOD_SYNC, BAD_SYNC, colors),
    health === null ? undefined : paint(health.status, GOOD_HEALTH, BAD_HEALTH, colors),
    images.length === 0 ? undefined : colors.dim(images.join(', ')),
  ];
  const why =
    health === null || health.reason === '' || health.status === 'missing' ? '' : `: ${health.reason}`;
  return `${words.filter((word) => word !== undefined).join('  ')}${why}`;
}

const GOOD_SYNC = new Set(['synced']);
const BAD_SYNC = new Set(['missing', 'unknown']);
const GOOD_HEALTH = new Set(['healthy']);
const BAD_HEALTH = new Set(['degraded', 'missing', 'unknown']);

function paint(word: string, good: ReadonlySet<string>, bad: ReadonlySet<string>, colors: Colors): string {
  if (good.has(word)) return colors.green(word);
  return bad.has(word) ? colors.red(word) : colors.yellow(word);
}

function details({ ends, events }: ResourceJson): string[] {
  return [
    ...ends.map(
      ({ container, exit_code: code, reason, message }) =>
        `container ${container} ended with ${code}${reason === '' ? '' : ` (${reason})`}${message === '' ? '' : `: ${message}`}`,
    ),
    ...events.map(
      ({ type, reason, message, count, at }) =>
        `${type} ${reason}: ${message}${count > 1 ? ` (${count} times)` : ''}${at === null ? '' : `, ${at}`}`,
    ),
  ];
}
