import type { Change } from '../change.ts';
import type { EnvironmentPolicy } from '../eligibility/policy.ts';
import { compareSeverity } from '../severity/severity.ts';
import type { VerdictReason } from '../eligibility/verdict.ts';

/** Whether a plan needs no person because of what was changed, and why (not). */
export interface SafetyVerdict {
  safe: boolean;
  reason: VerdictReason;
}

/** What a plan is judged by. */
export interface SafetyInput {
  /** Paths that differ between the last synced commit and the one that was planned; null: nothing was ever synced. */
  changedFiles: readonly string[] | null;
  /** All that an apply would do, ignored changes included. */
  changes: readonly Change[];
  severity: Change['severity'] | null;
}

/**
 * Whether a plan is safe: files were changed, each of them matches a pattern, and no change is worse than allowed. What the
 * files can't explain is never safe: drift, which nobody wrote, and the loss of a resource.
 */
export function judgeSafety(
  input: SafetyInput,
  rule: NonNullable<EnvironmentPolicy['autoApproveSafe']>,
): SafetyVerdict {
  const { changedFiles, changes, severity } = input;
  if (changedFiles === null)
    return unsafe('the stack was never seen in sync, so that nobody can tell which files explain the plan');
  if (changedFiles.length === 0)
    return unsafe('no changed file explains the plan, so that it is not a safe change');
  const other = changedFiles.find((path) => !isSafePath(path, rule.patterns));
  if (other !== undefined) return unsafe(`${other} matches no safe pattern`);
  const lost = changes.find(({ action }) => action === 'delete' || action === 'replace');
  if (lost) return unsafe(`${lost.address} would be destroyed, which is never safe`);
  const drifted = changes.find(({ cause }) => cause !== 'pending');
  if (drifted) return unsafe(`${drifted.address} was changed outside of Git, which no changed file explains`);
  const worse = changes.find((change) => compareSeverity(change.severity, rule.maxSeverity) < 0);
  if (worse)
    return unsafe(`${worse.address} is ${worse.severity}, and ${rule.maxSeverity} is the most allowed`);
  if (severity !== null && compareSeverity(severity, rule.maxSeverity) < 0)
    return unsafe(`the plan is ${severity}, and ${rule.maxSeverity} is the most allowed`);
  return {
    safe: true,
    reason: {
      code: 'safe_changes',
      message: `All changed files match the safe patterns (${list(changedFiles)}), and nothing is worse than ${rule.maxSeverity}.`,
    },
  };
}

/** Whether a path matches one of these regular expressions, searched for anywhere in it. One that is faulty matches nothing. */
export function isSafePath(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const expression = compile(pattern);
    return expression !== undefined && expression.test(path);
  });
}

/** Why a safe pattern can't be used, or undefined when it can. */
export function safePatternFault(pattern: string): string | undefined {
  if (pattern === '') return 'an empty pattern would match every file';
  return compile(pattern) === undefined ? 'this is not a regular expression' : undefined;
}

function compile(pattern: string): RegExp | undefined {
  if (pattern === '') return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    return undefined;
  }
}

function unsafe(why: string): SafetyVerdict {
  return { safe: false, reason: { code: 'not_safe', message: `Not approved as safe: ${why}.` } };
}

function list(paths: readonly string[]): string {
  const named = paths.slice(0, 3).join(', ');
  return paths.length > 3 ? `${named} and ${paths.length - 3} more` : named;
}
