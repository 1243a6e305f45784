import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseVersionConstraint } from '../../domain/version-constraint.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { Flavour } from './flavour.ts';

const TOOL_VERSIONS = '.tool-versions';
/** Words with which a version file leaves the choice to `required_version` or to the machine. */
const ELSEWHERE = new Set(['min-required', 'latest-allowed', 'system']);

/** Where a stack's version may be written, from the strongest to the weakest. */
export interface VersionSources {
  /** From atlantis.yaml. */
  fromSettings: string | undefined;
  /** `required_version` of the root module. */
  required: string | undefined;
}

/**
 * The version constraint of a stack in Terraform's language, or undefined for any version. In this order: atlantis.yaml,
 * the version file (`.terraform-version`, `.opentofu-version`), `.tool-versions`, `required_version`. The two kinds of
 * files are looked for in the stack's folder and upwards to the repository's root. tfenv's and asdf's words for what stands
 * elsewhere are passed over.
 * @throws PlumblineError `config_invalid` when a version file says something else: another version than the one that was meant
 *   would plan the stack
 */
export async function stackVersion(
  workTree: string,
  stackPath: string,
  flavour: Pick<Flavour, 'versionFiles' | 'toolVersionsName'>,
  sources: VersionSources,
): Promise<string | undefined> {
  if (sources.fromSettings !== undefined) return sources.fromSettings;
  return (
    (await versionFromFiles(workTree, stackPath, flavour.versionFiles, versionInFile)) ??
    (await versionFromFiles(workTree, stackPath, [TOOL_VERSIONS], (text) =>
      plainVersion(new RegExp(`^[ \\t]*${flavour.toolVersionsName}[ \\t]+(\\S+)`, 'm').exec(text)?.[1]),
    )) ??
    sources.required
  );
}

async function versionFromFiles(
  workTree: string,
  stackPath: string,
  names: readonly string[],
  read: (text: string, path: string) => string | undefined,
): Promise<string | undefined> {
  for (const folder of upwards(stackPath)) {
    for (const name of names) {
      const text = await readFile(join(workTree, folder, name), 'utf8').catch(() => undefined);
      const version = text === undefined ? undefined : read(text, posix.join(folder, name));
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** A stack's folder, its parents, and the root. */
export function upwards(path: string): string[] {
  const folders = [path];
  for (let at = path; at !== '.';) {
    at = posix.dirname(at);
    folders.push(at);
  }
  return folders;
}

/** Its first line that says anything. */
function versionInFile(text: string, path: string): string | undefined {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const [said = ''] = (lines.find((line) => line !== '') ?? '').split(/\s/);
  if (said === '' || ELSEWHERE.has(said)) return undefined;
  const version = plainVersion(said);
  if (version !== undefined) return version;
  throw new PlumblineError(
    'config_invalid',
    `${path} says "${said.slice(0, 100)}", which is no version. Write one, such as 1.9.8, or "latest".`,
  );
}

function plainVersion(text: string | undefined): string | undefined {
  return text !== undefined && parseVersionConstraint(text) !== null ? text.replace(/^v/, '') : undefined;
}
