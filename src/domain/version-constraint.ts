import { compare, valid } from 'semver';

/** A version in three numbers, with what stood behind them. */
export interface Version {
  /** `1.5.0-beta1`: always three numbers, no leading `v`, no build metadata. */
  text: string;
  segments: readonly [number, number, number];
  /** Empty for a release. */
  prerelease: string;
  /** How many numbers were written: `~> 1.5` and `~> 1.5.0` mean different things. */
  written: number;
}

type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~>';

/**
 * What a stack asks for.
 * `terms`: all must hold, as in Terraform's `required_version`. `latest`: the newest release that can be had (of those that
 * match the pattern), as tfenv's `latest` and `latest:REGEX`.
 */
export type VersionConstraint =
  | { kind: 'terms'; terms: { operator: Operator; version: Version }[] }
  | { kind: 'latest'; pattern: RegExp | null };

const VERSION = /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const TERM = /^(=|!=|>=|<=|>|<|~>)?\s*(\S+)$/;
const LONGEST = 500;

/** Reads `1.5.7`, `v1.5`, `1.6.0-beta1`; null when it is no version. */
export function parseVersion(written: string): Version | null {
  const match = VERSION.exec(written.trim());
  if (match === null) return null;
  const [, major, minor, patch, prerelease = ''] = match;
  const segments = [Number(major), Number(minor ?? 0), Number(patch ?? 0)] as const;
  const text = segments.join('.') + (prerelease === '' ? '' : `-${prerelease}`);
  if (valid(text) === null) return null;
  return {
    text,
    segments,
    prerelease,
    written: [major, minor, patch].filter((part) => part !== undefined).length,
  };
}

/**
 * Reads a constraint in Terraform's language (`~> 1.5, != 1.5.3`), a plain version, or `latest` and `latest:REGEX`.
 * @returns null when it can't be read
 */
export function parseVersionConstraint(text: string): VersionConstraint | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > LONGEST) return null;
  if (trimmed === 'latest') return { kind: 'latest', pattern: null };
  if (trimmed.startsWith('latest:')) return parseLatest(trimmed.slice('latest:'.length));
  const terms: { operator: Operator; version: Version }[] = [];
  for (const part of trimmed.split(',')) {
    const [, operator = '=', rest = ''] = TERM.exec(part.trim()) ?? [];
    const version = parseVersion(rest);
    if (version === null) return null;
    terms.push({ operator: operator as Operator, version });
  }
  return { kind: 'terms', terms };
}

/** Whether a version meets a constraint; the rules of pre-releases are those of hashicorp/go-version. */
export function meetsConstraint(version: Version, constraint: VersionConstraint): boolean {
  if (constraint.kind === 'latest') {
    return version.prerelease === '' && (constraint.pattern?.test(version.text) ?? true);
  }
  return constraint.terms.every((term) => meetsTerm(version, term.operator, term.version));
}

/** The newest of the versions that meet the constraint, or null. Texts that are no versions are left out. */
export function newestVersion(versions: readonly string[], constraint: VersionConstraint): string | null {
  const fitting = versions
    .map(parseVersion)
    .filter((version) => version !== null)
    .filter((version) => meetsConstraint(version, constraint));
  return fitting.sort(compareVersions).at(-1)?.text ?? null;
}

/** For sorting: negative when `a` is older than `b`. */
export function compareVersions(a: Version, b: Version): number {
  return compare(a.text, b.text);
}

/** The one version that the constraint allows, or null when it allows several. */
export function exactVersion(constraint: VersionConstraint): string | null {
  if (constraint.kind === 'latest') return null;
  const exact = constraint.terms.find((term) => term.operator === '=');
  return exact === undefined ? null : exact.version.text;
}

/** tfenv's pattern: anchored as it says itself; refused when it isn't a regular expression. */
function parseLatest(pattern: string): VersionConstraint | null {
  // Only what version patterns need: nested repetition could take forever on a hostile one.
  if (!/^[\^$0-9A-Za-z.\\[\]|+*?()-]*$/.test(pattern) || /[+*?)][+*]/.test(pattern)) return null;
  try {
    return { kind: 'latest', pattern: new RegExp(pattern) };
  } catch {
    return null;
  }
}

function meetsTerm(version: Version, operator: Operator, wanted: Version): boolean {
  const order = compareVersions(version, wanted);
  if (operator === '=') return order === 0;
  if (operator === '!=') return order !== 0;
  if (!prereleaseAllowed(version, wanted)) return false;
  switch (operator) {
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '~>':
      return order >= 0 && meetsPessimistic(version, wanted);
  }
}

/** A pre-release is only meant where the constraint names one of the same release. */
function prereleaseAllowed(version: Version, wanted: Version): boolean {
  if (version.prerelease === '') return true;
  return (
    wanted.prerelease !== '' && version.segments.every((segment, index) => segment === wanted.segments[index])
  );
}

/** `~> 1.5.2` stays in 1.5, `~> 1.5` stays in 1: all numbers written but the last must be the same. */
function meetsPessimistic(version: Version, wanted: Version): boolean {
  if (wanted.prerelease !== '' && version.prerelease === '') return false;
  return version.segments
    .slice(0, wanted.written - 1)
    .every((segment, index) => segment === wanted.segments[index]);
}
