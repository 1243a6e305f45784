/** As many links as Linux follows before it gives up. */
const MOST_LINKS = 40;

/**
 * Finds a symbolic link that leads out of its tree, directly or by way of other links of the tree.
 * Links that lead nowhere or in circles are harmless and pass.
 * @param links path of each link (relative to the root, with `/`) and its target as written
 */
export function findEscapingLink(
  links: ReadonlyMap<string, string>,
): { path: string; target: string } | undefined {
  for (const [path, target] of links) {
    if (escapes(path, links)) return { path, target };
  }
  return undefined;
}

/** Walks to what a link points at as the kernel does, from the root of the tree. */
function escapes(link: string, links: ReadonlyMap<string, string>): boolean {
  const at: string[] = [];
  const ahead = link.split('/');
  let followed = 0;
  for (let step = ahead.shift(); step !== undefined; step = ahead.shift()) {
    if (step === '' || step === '.') continue;
    if (step === '..') {
      if (at.length === 0) return true;
      at.pop();
      continue;
    }
    const target = links.get([...at, step].join('/'));
    if (target === undefined) {
      at.push(step);
      continue;
    }
    if (target.startsWith('/')) return true;
    followed += 1;
    if (followed > MOST_LINKS) return false;
    ahead.unshift(...target.split('/'));
  }
  return false;
}
