import type { ResourceJson } from '../../api/types.ts';

/** A word with the colours that it has: the CSS variables `--<tone>…`. */
export interface Look {
  label: string;
  tone: string;
  meaning: string;
}

type Sync = NonNullable<ResourceJson['sync']>;
type Health = NonNullable<ResourceJson['health']>['status'];

/** Where an object stands between Git and the cluster. */
export const SYNC_LOOKS: Record<Sync, Look> = {
  synced: { label: 'Synced', tone: 'in-sync', meaning: 'Live is what Git says.' },
  drifted: { label: 'Drifted', tone: 'drifted', meaning: 'Live was changed since the last apply.' },
  pending: { label: 'Pending', tone: 'pending', meaning: 'Git holds changes that were not applied.' },
  missing: { label: 'Missing', tone: 'errored', meaning: 'Git has it, and the cluster does not.' },
  extra: {
    label: 'Extra',
    tone: 'drifted-and-pending',
    meaning: 'The cluster has it, and Git no longer does: a sync would delete it.',
  },
  unknown: { label: 'Unknown', tone: 'unknown', meaning: 'It could not be compared.' },
};

/** How an object does. */
export const HEALTH_LOOKS: Record<Health, Look> = {
  healthy: { label: 'Healthy', tone: 'in-sync', meaning: 'It does what it should.' },
  suspended: { label: 'Suspended', tone: 'unknown', meaning: 'It was told to wait.' },
  progressing: { label: 'Progressing', tone: 'pending', meaning: 'It is on its way.' },
  missing: { label: 'Missing', tone: 'errored', meaning: 'The cluster does not have it.' },
  degraded: { label: 'Degraded', tone: 'errored', meaning: 'It has failed.' },
  unknown: { label: 'Unknown', tone: 'unknown', meaning: 'How it does is not known.' },
};

/** Whether an object is what it should be, and well: nothing that anybody has to look at. */
export function isSettled({ sync, health }: Pick<ResourceJson, 'sync' | 'health'>): boolean {
  const isWell = health === null || health.status === 'healthy' || health.status === 'suspended';
  return isWell && (sync === null || sync === 'synced');
}

/** `12 objects: 9 synced, 2 drifted, 1 missing; 1 degraded`: children count by their health alone. */
export function summary(resources: readonly ResourceJson[]): string {
  const own = resources.filter(({ parent, hook }) => parent === null && !hook);
  const syncs = counted(own.flatMap(({ sync }) => sync ?? []));
  const unwell = resources.flatMap(({ health }) =>
    health === null || health.status === 'healthy' || health.status === 'missing' ? [] : health.status,
  );
  const objects = own.length === 1 ? '1 object' : `${own.length} objects`;
  const parts = [syncs, counted(unwell)].filter((part) => part !== '');
  return parts.length === 0 ? objects : `${objects}: ${parts.join('; ')}`;
}

function counted(words: readonly string[]): string {
  const groups = new Map<string, number>();
  for (const word of words) groups.set(word, (groups.get(word) ?? 0) + 1);
  return [...groups].map(([word, count]) => `${count} ${word}`).join(', ');
}
