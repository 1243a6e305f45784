import type { Checked } from './problem.ts';

/**
 * A path inside a repository, with `/`, without `./` and a trailing `/`; `.` is the top folder.
 * Refused is what could leave the checkout or be read as an option: `..`, absolute paths, a leading `-`, backslashes,
 * control characters, and anything in `.git`.
 */
export function checkRepoPath(path: string): Checked<string> {
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  if (/[\u0000-\u001f\u007f]/.test(path)) return { ok: false, message: 'the path holds a control character' };
  if (path.includes('\\')) {
    return {
      ok: false,
      message: 'the path holds a backslash',
      suggestion: `write ${path.replaceAll('\\', '/')}`,
    };
  }
  if (path === '') {
    return { ok: false, message: 'the path is empty', suggestion: "write . for the repository's top folder" };
  }
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || path.startsWith('~')) {
    return {
      ok: false,
      message: `"${path}" is not relative to the repository`,
      suggestion: `write ${path.replace(/^[A-Za-z]:/, '').replace(/^[~/]+/, '') || '.'}`,
    };
  }
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) {
    return {
      ok: false,
      message: `"${path}" could leave the repository (..)`,
      suggestion: 'give the path from the top of the repository',
    };
  }
  if (segments.some((segment) => segment.toLowerCase() === '.git')) {
    return { ok: false, message: `"${path}" is inside Git's own folder` };
  }
  if (segments[0]?.startsWith('-')) {
    return {
      ok: false,
      message: `"${path}" could be read as an option (leading -)`,
      suggestion: 'rename the folder',
    };
  }
  return { ok: true, value: segments.join('/') || '.' };
}

/** A path of this machine: not empty, no control characters, no `~` (nobody expands it here). */
export function checkLocalPath(path: string): Checked<string> {
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  if (/[\u0000-\u001f\u007f]/.test(path)) return { ok: false, message: 'the path holds a control character' };
  if (path === '') return { ok: false, message: 'the path is empty' };
  if (path === '~' || path.startsWith('~/')) {
    return { ok: false, message: '~ is not expanded', suggestion: 'write the whole path' };
  }
  return { ok: true, value: path };
}
