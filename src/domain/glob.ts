import picomatch from 'picomatch';

/**
 * Whether a text matches a glob in which `*` is any run of characters and `?` any one; everything else is literal, so that
 * Terraform's `module.net.aws_subnet.a["x"]` needs no escaping. Takes linear time for every pattern that people write.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/**
 * A test for paths and stack keys: `*` stays in one folder, `**` crosses folders, `{a,b}` chooses. Made once and used
 * often, because making it costs far more than using it.
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const matches = picomatch(pattern, { dot: true });
  return (path) => matches(path);
}

/** Whether a path matches a path glob; see `pathMatcher`. */
export function matchesPathGlob(pattern: string, path: string): boolean {
  return pathMatcher(pattern)(path);
}
