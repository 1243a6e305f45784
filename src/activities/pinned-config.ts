import type { PublishedSettings, RepoSettings } from '../domain/settings.ts';
import type { Store } from '../store/store.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ActivityDeps, Workbench } from './deps.ts';

/** One published version, and what was made from it. */
export interface PinnedConfig extends Workbench {
  version: number;
  settings: PublishedSettings;
}

/** How many versions are kept at hand: tasks of an older one may still run after a reload. */
const KEPT = 4;

/** Reads published versions, which never change, and keeps the last few. */
export function createPinnedConfigs(
  deps: Pick<ActivityDeps, 'store' | 'workbench'>,
): (version: number) => Promise<PinnedConfig> {
  const known = new Map<number, PinnedConfig>();
  return async (version) => {
    const kept = known.get(version);
    if (kept) return kept;
    const settings = await deps.store.configs.get(version);
    if (!settings) {
      throw new PlumblineError('config_missing', `Version ${version} of the config is not in the store.`);
    }
    const pinned = { version, settings, ...deps.workbench(settings) };
    known.set(version, pinned);
    for (const old of [...known.keys()].slice(0, -KEPT)) known.delete(old);
    return pinned;
  };
}

/** The newest published version. @throws PlumblineError `config_missing` */
export async function latestConfig(store: Store): Promise<{ version: number; settings: PublishedSettings }> {
  const latest = await store.configs.latest();
  if (latest) return latest;
  throw new PlumblineError(
    'config_missing',
    'No config has been published yet. Start "plumbline serve" or "plumbline up", which publish theirs.',
  );
}

/** A repo by its name. @throws PlumblineError `repo_unknown` */
export function repoOf(settings: PublishedSettings, name: string): RepoSettings {
  const repo = settings.repos.find((candidate) => candidate.name === name);
  if (repo) return repo;
  const names = settings.repos.map((known) => known.name).join(', ') || 'none';
  throw new PlumblineError(
    'repo_unknown',
    `The config has no repo "${name}" (it has: ${names}). Add it under "repos:" of config.yaml and reload.`,
  );
}
