/** What Flux's own layouts call the folder of the clusters. */
export const CLUSTERS_FOLDER = 'clusters';

/** The name in `…/clusters/<name>/…` of a file's path. */
function clusterFolder(file: string, clusters: string): string | undefined {
  const before = `/${clusters}/`;
  const path = `/${file}`;
  const at = path.indexOf(before);
  const below = at < 0 ? [] : path.slice(at + before.length).split('/');
  return below.length > 1 ? below[0] : undefined;
}

/**
 * The cluster folders that lead to each file: its own, else those of the definitions whose folder it is in, and so on. Empty
 * where none does.
 * @param clusters the folder of the clusters (`layers.clusters`), wherever it stands
 */
export function clusterFolders(
  definitions: readonly { file: string; path: string }[],
  clusters = CLUSTERS_FOLDER,
): (file: string) => string[] {
  const known = new Map<string, string[]>();
  const find = (file: string, asked: ReadonlySet<string>): string[] => {
    const own = clusterFolder(file, clusters);
    if (own !== undefined) return [own];
    if (asked.has(file)) return [];
    const parents = definitions.filter(({ path }) => path === '.' || file.startsWith(`${path}/`));
    const deeper = new Set([...asked, file]);
    return [...new Set(parents.flatMap((parent) => find(parent.file, deeper)))].sort();
  };
  return (file) => {
    const folders = known.get(file) ?? find(file, new Set());
    known.set(file, folders);
    return folders;
  };
}
