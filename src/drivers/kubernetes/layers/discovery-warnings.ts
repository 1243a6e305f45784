import type { DiscoverySource } from '../../driver.ts';
import type { SourceFolder } from '../../source-folders.ts';
import type { Finding } from './finding.ts';
import { findLayout } from './layout.ts';
import { lintLayers } from './lint.ts';
import { readLayerFiles } from './read-files.ts';
import type { LayerSettings } from './settings.ts';

/** A warning for each of so many findings; all of them would bury what else a task has to say. */
const MOST_TOLD = 5;
/** Commits whose findings are kept: a watch may look for one commit's stacks again and again. */
const MOST_KEPT = 50;

/** What is said about a repository's layers when its stacks are looked for. */
export interface LayerCheck {
  /** The first findings, errors before warnings, and how many more there are. */
  warnings(
    source: Pick<DiscoverySource, 'repo' | 'commit' | 'workTree' | 'signal'>,
    folders: ReadonlyMap<string, SourceFolder>,
    settings: LayerSettings,
  ): Promise<string[]>;
}

/** Checks each commit once. */
export function createLayerCheck(): LayerCheck {
  const kept = new Map<string, readonly string[]>();
  return {
    warnings: async ({ repo, commit, workTree, signal }, folders, settings) => {
      if (settings.check === 'never') return [];
      if (findLayout(folders.keys(), settings) === null)
        return settings.check === 'always' ? [noLayers(settings)] : [];
      const key = JSON.stringify([repo, commit, settings]);
      const known = commit === '' ? undefined : kept.get(key);
      if (known !== undefined) return [...known];
      const { findings } = lintLayers(await readLayerFiles(workTree, folders, signal), settings);
      const said = shortened(findings);
      kept.set(key, said);
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(oldest);
      }
      return said;
    },
  };
}

/** For people: where, which rule, what. */
function findingLine({ file, line, rule, message }: Finding): string {
  return `${file}:${line}: ${message} (${rule})`;
}

function shortened(findings: readonly Finding[]): string[] {
  const order = [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
  ];
  const told = order.slice(0, MOST_TOLD).map(findingLine);
  const more = order.length - told.length;
  const rest = more === 1 ? 'One more finding' : `${more} more findings`;
  return more <= 0 ? told : [...told, `${rest} about the repository's layers: see "plumbline lint".`];
}

function noLayers({ clusters, infrastructure, apps }: LayerSettings): string {
  return `The repository's layers can't be checked: no folder has all of ${clusters}, ${infrastructure} and ${apps}. Correct drivers.kubernetes.layers.`;
}
