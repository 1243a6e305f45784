/** The name in `…/clusters/<name>/…` of a file's path, as Flux's own layouts have it. */
function clusterFolder(file: string): string | undefined {
  return /(?:^|\/)clusters\/([^/]+)\//.exec(file)?.[1];
}

/**
 * The cluster folders that lead to each file: its own, else those of the definitions whose folder it is in, and so on. Empty
 * where none does.
 */
export function clusterFolders(
  definitions: readonly { file: string; path: string }[],
): (file: string) => string[] {
  const known = new Map<string, string[]>();
  const find = (file: string, asked: ReadonlySet<string>): string[] => {
    const own = clusterFolder(file);
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
