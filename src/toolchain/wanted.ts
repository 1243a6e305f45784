import {
  meetsConstraint,
  parseVersion,
  parseVersionConstraint,
  type VersionConstraint,
} from '../domain/version-constraint.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ToolchainContext } from './context.ts';
import type { Program } from './program.ts';

/** Which versions of a program will do. */
export interface Wanted {
  /** null: any. */
  constraint: VersionConstraint | null;
  /** As people wrote it, for messages; empty for none. */
  text: string;
}

/**
 * What is asked for: the stack's constraint, else the config's version, else the newest for programs whose version each stack
 * chooses, else anything.
 * @throws PlumblineError `config_invalid` when it can't be read
 */
export function wantedVersion(
  context: ToolchainContext,
  program: Program,
  constraint: string | undefined,
): Wanted {
  const text = constraint ?? context.settings.tools[program.name]?.version ?? '';
  if (text.trim() !== '') {
    const parsed = parseVersionConstraint(text);
    if (parsed !== null) return { constraint: parsed, text: text.trim() };
    throw new PlumblineError(
      'config_invalid',
      `${JSON.stringify(text.slice(0, 100))} is no version constraint for ${program.name}.`,
    );
  }
  if (program.unconstrained === 'newest') return { constraint: { kind: 'latest', pattern: null }, text: '' };
  return { constraint: null, text: '' };
}

/** Why a version won't do, or null when it will. `version` is null when the program doesn't tell it. */
export function whyUnfit(program: Program, wanted: Wanted, version: string | null): string | null {
  const parsed = version === null ? null : parseVersion(version);
  const accepts = program.accepts === null ? null : parseVersionConstraint(program.accepts);
  if (parsed === null) {
    return wanted.constraint === null && accepts === null ? null : 'does not tell its version';
  }
  if (accepts !== null && !meetsConstraint(parsed, accepts))
    return `is ${parsed.text}, and ${program.accepts} is needed`;
  if (wanted.constraint === null || meetsConstraint(parsed, wanted.constraint)) return null;
  return `is ${parsed.text}, which does not meet ${wanted.text === '' ? 'latest' : wanted.text}`;
}
