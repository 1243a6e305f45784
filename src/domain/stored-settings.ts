import type { PublishedSettings } from './settings.ts';

/** Keys that older versions published no settings for, as they are when nobody says anything. */
export const ADDED_SETTINGS: Pick<PublishedSettings, 'environments' | 'approvals' | 'commits'> = {
  environments: [],
  approvals: { allowUnsignedSignals: false },
  commits: {
    authorName: 'Plumbline',
    authorEmail: 'plumbline@localhost',
    signing: null,
    allowedSigners: null,
  },
};

/** Published settings as they were stored, by this version or an older one: a task that pinned them can go on. */
export function storedSettings(json: string): PublishedSettings {
  return { ...ADDED_SETTINGS, ...(JSON.parse(json) as PublishedSettings) };
}
